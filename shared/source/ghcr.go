package source

import (
	"cmp"
	"net/http"
	"strings"

	"github.com/shipbell/shipbell/shared/text"
)

// GitHub Packages tells of versions that were published, in the event "package" of a
// webhook or "registry_package" of an app. It tells of no deletes and no pulls, and its
// times are those of the package.

type ghcrBody struct {
	Action          string      `json:"action"`
	Package         ghcrPackage `json:"package"`
	RegistryPackage ghcrPackage `json:"registry_package"`
	// Repository is the source repository, which names images of docker.pkg.github.com.
	Repository struct {
		FullName string `json:"full_name"`
	} `json:"repository"`
	Sender login `json:"sender"`
}

type ghcrPackage struct {
	Name      string `json:"name"`
	Namespace string `json:"namespace"`
	// PackageType is missing in 2020's form, which has Ecosystem.
	PackageType word `json:"package_type"`
	Ecosystem   word `json:"ecosystem"`
	Owner       struct {
		Login string `json:"login"`
	} `json:"owner"`
	Version struct {
		// Version is the tag in 2019's form, which has no Container but a Manifest.
		Version   string                  `json:"version"`
		Manifest  word                    `json:"manifest"`
		Container optional[ghcrContainer] `json:"container_metadata"`
	} `json:"package_version"`
}

type ghcrContainer struct {
	Tag struct {
		Name   string `json:"name"`
		Digest string `json:"digest"`
	} `json:"tag"`
	Manifest optional[struct {
		MediaType word `json:"media_type"`
		Config    optional[struct {
			MediaType word `json:"media_type"`
		}] `json:"config"`
	}] `json:"manifest"`
}

const githubEvent = "X-Github-Event"

func isGitHub(h http.Header) bool { return h.Get(githubEvent) != "" }

func (b ghcrBody) event(r Request) (DecodedEvent, text.Message) {
	p := b.Package
	if p.Name == "" {
		p = b.RegistryPackage
	}
	f := DecodedEvent{EventID: r.Header.Get("X-Github-Delivery"), Operator: string(b.Sender)}
	switch kind := r.Header.Get(githubEvent); kind {
	case "", "package", "registry_package":
	default:
		return f, text.New(text.EventTypeUnknown, brief(kind))
	}
	owner := p.Owner.Login
	if owner == "" {
		owner = p.Namespace
	}
	if !p.Version.Container.Set && b.Repository.FullName != "" {
		owner = b.Repository.FullName
	}
	// The names of images have no capitals, those of owners may have.
	f.Repository = strings.ToLower(strings.Trim(owner+"/"+p.Name, "/"))
	f.Kind, f.Resources = p.artifact()
	packageType := p.PackageType
	if packageType == "" {
		packageType = p.Ecosystem
	}
	if t := strings.ToLower(string(packageType)); t != "container" && t != "docker" {
		return f, text.New(text.EventPackageType, brief(string(packageType)))
	}
	switch b.Action {
	case "published", "updated", "create":
		f.Verb = Push
	default:
		return f, text.New(text.EventActionUnknown, brief(b.Action))
	}
	return f, text.Message{}
}

// artifact is what was published.
func (p ghcrPackage) artifact() (Kind, []Resource) {
	if !p.Version.Container.Set {
		return readManifest(p.Version.Manifest).kind(), []Resource{{Tag: p.Version.Version}}
	}
	container := p.Version.Container.Value
	manifest := container.Manifest.Value
	kind := cmp.Or(indexKind(manifest.MediaType), configKind(manifest.Config.Value.MediaType))
	return kind, []Resource{{Tag: container.Tag.Name, Digest: container.Tag.Digest}}
}

// ghcrSetup is the form of a webhook.
func ghcrSetup() setup {
	return setup{
		about: text.SetupGHCR,
		fields: []field{
			fill("Payload URL", "{events}?key={key}"), fill("Content type", "application/json"),
			fill("Events", "Packages, Registry packages"), fill("Active", "on"),
		},
	}
}
