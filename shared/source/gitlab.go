package source

import "github.com/shipbell/shipbell/shared/text"

// GitLab's registry was made from distribution and sends the same: nothing tells them
// apart but how they are set up.

// gitlabSetup is a part of GitLab's configuration.
func gitlabSetup() setup {
	return setup{
		about: text.SetupGitLab, note: text.SetupGitLabNote,
		snippet: `registry['notifications'] = [
  {
    'name' => 'shipbell',
    'url' => '{events}',
    'headers' => { 'Authorization' => ['Bearer {key}'] },
    'timeout' => '5s',
    'threshold' => 3,
    'maxretries' => 10,
    'backoff' => '1s'
  }
]`,
	}
}
