package source

import (
	"net/url"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// event makes the event of a decoded event, once its kind and resources are
// known.
func (f DecodedEvent) event(reg shipbell.Registry, kind Kind, createdAt int64, resources []Resource) *shipbell.Event {
	e := &shipbell.Event{
		ID: f.EventID, Source: f.Source, Action: action(f.Verb, kind), OccurAt: f.Time.Unix(), Operator: f.Operator,
		Repository: shipbell.Repository{FullName: f.Repository, CreatedAt: createdAt, Type: f.RepositoryType},
	}
	if e.Repository.Type == "" {
		e.Repository.Type = "private"
		if reg.Public {
			e.Repository.Type = "public"
		}
	}
	for _, r := range resources {
		e.Resources = append(e.Resources, shipbell.Resource{
			Digest: r.Digest, Tag: r.Tag, URL: r.url(reg.Host, f.Repository), PreviousDigest: r.PreviousDigest,
		})
	}
	return e
}

func action(v Verb, k Kind) shipbell.Action {
	switch {
	case v == Push && k == Chart:
		return shipbell.UploadChart
	case v == Push:
		return shipbell.PushImage
	case v == Delete && k == Chart:
		return shipbell.DeleteChart
	case v == Delete:
		return shipbell.DeleteImage
	case k == Chart:
		return shipbell.DownloadChart
	}
	return shipbell.PullImage
}

// url is where the resource is found on the registry's own host.
func (r Resource) url(host, repository string) string {
	if u, err := url.Parse(r.FileURL); err == nil && r.FileURL != "" {
		return u.Scheme + "://" + host + u.EscapedPath()
	}
	return shipbell.ResourceURL(host, repository, r.Tag, r.Digest)
}
