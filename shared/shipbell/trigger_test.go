package shipbell_test

import (
	"testing"

	"github.com/shipbell/shipbell/shared/shipbell"
)

func TestOrigin(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"https://CI.example.com/hook?x=y": "https://ci.example.com:443",
		"HTTP://a/":                       "http://a:80",
		"http://a:8080":                   "http://a:8080",
		"https://[::1]/":                  "https://::1:443",
		"http://[::1":                     "",
	} {
		if got := shipbell.Origin(url); got != want {
			t.Errorf("%s: origin %q, want %q", url, got, want)
		}
	}
}

// TestMaskURL hides queries, and the paths that are secret: those that are said to be so
// and those of known chat services.
func TestMaskURL(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"https://hooks.slack.com/services/T0/B0/XXXX":     "https://hooks.slack.com/••••",
		"https://Hooks.Slack.com.:443/services/T0/B0/X":   "https://Hooks.Slack.com.:443/••••",
		"https://ptb.discord.com/api/webhooks/1/X?wait=1": "https://ptb.discord.com/••••?wait=••••",
		"https://acme.webhook.office.com/webhookb2/1/X":   "https://acme.webhook.office.com/••••",
		"https://open.feishu.cn/open-apis/bot/v2/hook/X":  "https://open.feishu.cn/••••",
		"https://api.telegram.org/bot1:X/sendMessage":     "https://api.telegram.org/••••",
		"https://hooks.slack.com/":                        "https://hooks.slack.com/",
		"https://hooks.slack.com.example.com/services/X":  "https://hooks.slack.com.example.com/services/X",
		"http:opaque":                   "••••",
		"https://a/b%2Fc":               "https://a/b%2Fc",
		"https://a/b":                   "https://a/b",
		"https://a/b?key=secret&x=y&z":  "https://a/b?key=••••&x=••••&••••",
		"https://user:secret@a/b":       "https://a/b",
		"https://a/b?":                  "https://a/b?••••",
		"https://a/%zz?key=secret":      "••••",
		"https://a/b?key=a%26b=c&key=d": "https://a/b?key=••••&key=••••",
	} {
		if got := shipbell.MaskURL(url, false); got != want {
			t.Errorf("%s: masked %q, want %q", url, got, want)
		}
	}
	if got, want := shipbell.MaskURL("https://a:8443/hooks/secret?key=x", true), "https://a:8443/••••?key=••••"; got != want {
		t.Errorf("a secret path is masked as %q, want %q", got, want)
	}
}
