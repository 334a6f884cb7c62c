package source

import (
	"net/url"

	"github.com/shipbell/shipbell/shared/trigger"
)

// event makes the event that the fact is, once its kind and resources are
// known.
func (f Fact) event(reg trigger.Registry, kind Kind, createdAt int64, resources []Resource) *trigger.Event {
	e := &trigger.Event{
		ID: f.EventID, Source: f.Source, Action: action(f.Verb, kind), OccurAt: f.Time.Unix(), Operator: f.Operator,
		Repository: trigger.Repository{FullName: f.Repository, CreatedAt: createdAt, Type: f.RepositoryType},
	}
	if e.Repository.Type == "" {
		e.Repository.Type = "private"
		if reg.Public {
			e.Repository.Type = "public"
		}
	}
	for _, r := range resources {
		e.Resources = append(e.Resources, trigger.Resource{Digest: r.Digest, Tag: r.Tag, URL: r.url(reg.Host, f.Repository)})
	}
	return e
}

func action(v Verb, k Kind) trigger.Action {
	switch {
	case v == Push && k == Chart:
		return trigger.UploadChart
	case v == Push:
		return trigger.PushImage
	case v == Delete && k == Chart:
		return trigger.DeleteChart
	case v == Delete:
		return trigger.DeleteImage
	case k == Chart:
		return trigger.DownloadChart
	}
	return trigger.PullImage
}

// url is where the resource is found on the registry's own host.
func (r Resource) url(host, repository string) string {
	if u, err := url.Parse(r.FileURL); err == nil && r.FileURL != "" {
		return u.Scheme + "://" + host + u.EscapedPath()
	}
	return trigger.ResourceURL(host, repository, r.Tag, r.Digest)
}
