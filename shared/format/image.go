package format

import (
	"net/url"
	"strings"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// The media types that stand for an image and a chart where a format has one. Sources do
// not tell them, and receivers know charts by theirs.
const (
	mediaTypeImage       = "application/vnd.docker.distribution.manifest.v2+json"
	mediaTypeOCI         = "application/vnd.oci.image.manifest.v1+json"
	mediaTypeChartConfig = "application/vnd.cncf.helm.config.v1+json"
)

// isChart reports whether the event is about charts.
func (m *message) isChart() bool {
	return m.Action == shipbell.UploadChart || m.Action == shipbell.DeleteChart || m.Action == shipbell.DownloadChart
}

// mediaType is that of a manifest of the event.
func (m *message) mediaType() string {
	if m.isChart() {
		return mediaTypeOCI
	}
	return mediaTypeImage
}

// host is the registry's host with its port, as resources are pulled from it. A path
// before the repository's is a part of it.
func (m *message) host(r shipbell.Resource) string {
	address := r.URL
	if _, after, found := strings.Cut(address, "://"); found {
		address = after
	}
	if host, _, found := strings.Cut(address, "/"+m.Repository.FullName); found && m.Repository.FullName != "" {
		return host
	}
	host, _, _ := strings.Cut(address, "/")
	return host
}

// name is the full name of the repository as images are pulled from it: host and path. The
// images of Docker Hub go without a host.
func (m *message) name(r shipbell.Resource) string {
	switch host := m.host(r); host {
	case "", "docker.io", "index.docker.io", "registry-1.docker.io":
		return m.Repository.FullName
	default:
		return host + "/" + m.Repository.FullName
	}
}

// reference is a resource's tag, or its digest if it has none.
func reference(r shipbell.Resource) string {
	if r.Tag != "" {
		return r.Tag
	}
	return r.Digest
}

// purl is the package URL of a resource: pkg:oci/NAME@DIGEST?repository_url=…&tag=…, by
// https://github.com/package-url/purl-spec.
func (m *message) purl(r shipbell.Resource) string {
	path := m.Repository.FullName
	last := strings.ToLower(path[strings.LastIndex(path, "/")+1:])
	p := "pkg:oci/" + url.PathEscape(last)
	if r.Digest != "" {
		p += "@" + url.QueryEscape(r.Digest)
	}
	separators := strings.NewReplacer("%2F", "/", "%3A", ":", "+", "%20")
	p += "?repository_url=" + separators.Replace(url.QueryEscape(m.host(r)+"/"+path))
	if r.Tag != "" {
		p += "&tag=" + separators.Replace(url.QueryEscape(r.Tag))
	}
	return p
}
