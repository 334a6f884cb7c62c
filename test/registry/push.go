package registry

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// The media types of what is pushed.
const (
	manifestType    = "application/vnd.oci.image.manifest.v1+json"
	indexType       = "application/vnd.oci.image.index.v1+json"
	imageConfigType = "application/vnd.oci.image.config.v1+json"
	imageLayerType  = "application/vnd.oci.image.layer.v1.tar"
	chartConfigType = "application/vnd.cncf.helm.config.v1+json"
	chartLayerType  = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
	signatureType   = "application/vnd.dev.cosign.simplesigning.v1+json"
)

// descriptor points to a blob or a manifest.
type descriptor struct {
	MediaType string    `json:"mediaType"`
	Digest    string    `json:"digest"`
	Size      int       `json:"size"`
	Platform  *platform `json:"platform,omitempty"`
}

type platform struct {
	Architecture string `json:"architecture"`
	OS           string `json:"os"`
}

// manifest is a manifest or, with Manifests alone, an index.
type manifest struct {
	SchemaVersion int          `json:"schemaVersion"`
	MediaType     string       `json:"mediaType"`
	Config        *descriptor  `json:"config,omitempty"`
	Layers        []descriptor `json:"layers,omitempty"`
	Manifests     []descriptor `json:"manifests,omitempty"`
}

// PushImage pushes an image of one layer: two blobs, then the manifest under
// the tag, or under its digest alone if tag is "". The layer is content itself
// rather than an archive, which no registry looks into; other content makes
// another digest.
func (r *Registry) PushImage(ctx context.Context, repo, tag, content string) (digest string, err error) {
	pushed, err := r.pushImage(ctx, repo, tag, content, "amd64")
	if err != nil {
		return "", fmt.Errorf("push image %s:%s: %w", repo, tag, err)
	}
	return pushed.Digest, nil
}

func (r *Registry) pushImage(ctx context.Context, repo, tag, content, architecture string) (descriptor, error) {
	config := fmt.Sprintf(`{"architecture":%q,"os":"linux","rootfs":{"type":"layers","diff_ids":[%q]}}`,
		architecture, digestOf([]byte(content)))
	pushed, err := r.pushManifest(ctx, repo, tag, imageConfigType, config, imageLayerType, content)
	pushed.Platform = &platform{Architecture: architecture, OS: "linux"}
	return pushed, err
}

// PushIndex pushes an image for amd64 and for arm64: each one by its digest,
// then the index of both under the tag. The digest is the index's own.
func (r *Registry) PushIndex(ctx context.Context, repo, tag, content string) (digest string, children []string, err error) {
	index := manifest{SchemaVersion: 2, MediaType: indexType}
	for _, architecture := range []string{"amd64", "arm64"} {
		child, err := r.pushImage(ctx, repo, "", content+" for "+architecture, architecture)
		if err != nil {
			return "", nil, fmt.Errorf("push index %s:%s: %s: %w", repo, tag, architecture, err)
		}
		index.Manifests = append(index.Manifests, child)
		children = append(children, child.Digest)
	}
	pushed, err := r.putManifest(ctx, repo, tag, index)
	if err != nil {
		return "", nil, fmt.Errorf("push index %s:%s: %w", repo, tag, err)
	}
	return pushed.Digest, children, nil
}

// PushChart pushes a Helm chart: two blobs, then the manifest under its version,
// which may not hold a "+": helm writes "_" in its place.
func (r *Registry) PushChart(ctx context.Context, repo, version, content string) (digest string, err error) {
	name := repo[strings.LastIndex(repo, "/")+1:]
	config := fmt.Sprintf(`{"name":%q,"version":%q,"apiVersion":"v2"}`, name, version)
	pushed, err := r.pushManifest(ctx, repo, version, chartConfigType, config, chartLayerType, content)
	if err != nil {
		return "", fmt.Errorf("push chart %s:%s: %w", repo, version, err)
	}
	return pushed.Digest, nil
}

// PushSignature pushes a signature of the image with the digest subject, in the
// layout of cosign: an image of its own under the tag sha256-<hex>.sig.
func (r *Registry) PushSignature(ctx context.Context, repo, subject string) (digest string, err error) {
	tag := strings.Replace(subject, ":", "-", 1) + ".sig"
	payload := fmt.Sprintf(`{"critical":{"image":{"docker-manifest-digest":%q},"type":"cosign container image signature"}}`, subject)
	pushed, err := r.pushManifest(ctx, repo, tag, imageConfigType, `{"architecture":"","os":""}`, signatureType, payload)
	if err != nil {
		return "", fmt.Errorf("push signature %s:%s: %w", repo, tag, err)
	}
	return pushed.Digest, nil
}

// Tag gives the manifest at from, a tag or a digest, the tag to as well: it
// gets the manifest and puts it again, as crane does.
func (r *Registry) Tag(ctx context.Context, repo, from, to string) error {
	body, mediaType, err := r.getManifest(ctx, repo, from)
	if err != nil {
		return fmt.Errorf("tag %s:%s as %s: %w", repo, from, to, err)
	}
	if err := r.put(ctx, manifestPath(repo, to), mediaType, body); err != nil {
		return fmt.Errorf("tag %s:%s as %s: %w", repo, from, to, err)
	}
	return nil
}

// DeleteManifest deletes a manifest, and with it every tag that it has.
func (r *Registry) DeleteManifest(ctx context.Context, repo, digest string) error {
	if _, err := r.do(ctx, http.MethodDelete, manifestPath(repo, digest), nil, nil, http.StatusAccepted); err != nil {
		return fmt.Errorf("delete %s@%s: %w", repo, digest, err)
	}
	return nil
}

func (r *Registry) pushManifest(ctx context.Context, repo, tag, configType, config, layerType, layer string) (descriptor, error) {
	configBlob, err := r.pushBlob(ctx, repo, configType, config)
	if err != nil {
		return descriptor{}, err
	}
	layerBlob, err := r.pushBlob(ctx, repo, layerType, layer)
	if err != nil {
		return descriptor{}, err
	}
	return r.putManifest(ctx, repo, tag, manifest{
		SchemaVersion: 2,
		MediaType:     manifestType,
		Config:        &configBlob,
		Layers:        []descriptor{layerBlob},
	})
}

func (r *Registry) putManifest(ctx context.Context, repo, tag string, m manifest) (descriptor, error) {
	body, err := json.Marshal(m)
	if err != nil {
		return descriptor{}, fmt.Errorf("write the manifest: %w", err)
	}
	pushed := descriptor{MediaType: m.MediaType, Digest: digestOf(body), Size: len(body)}
	reference := tag
	if reference == "" {
		reference = pushed.Digest
	}
	return pushed, r.put(ctx, manifestPath(repo, reference), m.MediaType, body)
}
