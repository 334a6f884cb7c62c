package registry

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// Pull gets the manifest at reference, a tag or a digest, and every blob of it,
// and returns the manifest's digest. Of an index it gets the first image, as a
// client of that architecture does.
func (r *Registry) Pull(ctx context.Context, repo, reference string) (digest string, err error) {
	body, _, err := r.getManifest(ctx, repo, reference)
	if err != nil {
		return "", fmt.Errorf("pull %s:%s: %w", repo, reference, err)
	}
	var m manifest
	if err := json.Unmarshal(body, &m); err != nil {
		return "", fmt.Errorf("pull %s:%s: read the manifest: %w", repo, reference, err)
	}
	if len(m.Manifests) > 0 {
		if _, err := r.Pull(ctx, repo, m.Manifests[0].Digest); err != nil {
			return "", err
		}
	}
	blobs := m.Layers
	if m.Config != nil {
		blobs = append(blobs, *m.Config)
	}
	for _, blob := range blobs {
		resp, err := r.do(ctx, http.MethodGet, "/v2/"+repo+"/blobs/"+blob.Digest, nil, nil, http.StatusOK)
		if err != nil {
			return "", fmt.Errorf("pull %s:%s: %w", repo, reference, err)
		}
		if got := digestOf(resp.body); got != blob.Digest {
			return "", fmt.Errorf("pull %s:%s: blob %s came as %s", repo, reference, blob.Digest, got)
		}
	}
	return digestOf(body), nil
}

func (r *Registry) getManifest(ctx context.Context, repo, reference string) (body []byte, mediaType string, err error) {
	resp, err := r.do(ctx, http.MethodGet, manifestPath(repo, reference), accepted(), nil, http.StatusOK)
	if err != nil {
		return nil, "", err
	}
	return resp.body, resp.header.Get("Content-Type"), nil
}

// pushBlob opens an upload and sends the blob in one piece.
func (r *Registry) pushBlob(ctx context.Context, repo, mediaType, content string) (descriptor, error) {
	blob := descriptor{MediaType: mediaType, Digest: digestOf([]byte(content)), Size: len(content)}
	opened, err := r.do(ctx, http.MethodPost, "/v2/"+repo+"/blobs/uploads/", nil, nil, http.StatusAccepted)
	if err != nil {
		return descriptor{}, err
	}
	location, err := url.Parse(opened.header.Get("Location"))
	if err != nil {
		return descriptor{}, fmt.Errorf("read where to upload: %w", err)
	}
	query := location.Query()
	query.Set("digest", blob.Digest)
	location.RawQuery = query.Encode()
	return blob, r.put(ctx, location.RequestURI(), "application/octet-stream", []byte(content))
}

func (r *Registry) put(ctx context.Context, path, contentType string, body []byte) error {
	_, err := r.do(ctx, http.MethodPut, path, http.Header{"Content-Type": {contentType}}, body, http.StatusCreated)
	return err
}

// answer is what is kept of a response.
type answer struct {
	header http.Header
	body   []byte
}

// do sends one request and refuses every status but the wanted one.
func (r *Registry) do(ctx context.Context, method, path string, header http.Header, body []byte, want int) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, method, r.URL()+path, bytes.NewReader(body))
	if err != nil {
		return answer{}, fmt.Errorf("%s %s: %w", method, path, err)
	}
	if header != nil {
		req.Header = header
	}
	req.SetBasicAuth(User, Password)
	resp, err := r.client.Do(req)
	if err != nil {
		return answer{}, fmt.Errorf("%s %s: %w", method, path, err)
	}
	defer resp.Body.Close()
	content, err := io.ReadAll(resp.Body)
	if err != nil {
		return answer{}, fmt.Errorf("%s %s: read the answer: %w", method, path, err)
	}
	if resp.StatusCode != want {
		return answer{}, fmt.Errorf("%s %s: status %d, want %d: %s", method, path, resp.StatusCode, want, content)
	}
	return answer{header: resp.Header, body: content}, nil
}

// accepted asks for any kind of manifest: without it a registry may convert one.
func accepted() http.Header {
	return http.Header{"Accept": {manifestType, indexType}}
}

func manifestPath(repo, reference string) string {
	return "/v2/" + repo + "/manifests/" + reference
}

func digestOf(content []byte) string {
	sum := sha256.Sum256(content)
	return "sha256:" + hex.EncodeToString(sum[:])
}
