package client

import (
	"context"
	"net/http"

	"github.com/shipbell/shipbell/shared/apiv1"
)

// Health tells whether the process is alive, and its version. It needs no access key.
func (c *Client) Health(ctx context.Context) (health apiv1.Health, err error) {
	_, err = c.Do(ctx, Request{Method: http.MethodGet, Path: "/healthz"}, &health)
	return health, err
}

// Ready tells whether the store answers: an error of status 503 says that it does not. It
// needs no access key.
func (c *Client) Ready(ctx context.Context) (health apiv1.Health, err error) {
	_, err = c.Do(ctx, Request{Method: http.MethodGet, Path: "/readyz"}, &health)
	return health, err
}

// ListRegistries lists the registries that the key may touch.
func (c *Client) ListRegistries(ctx context.Context) (apiv1.Registries, error) {
	return get[apiv1.Registries](ctx, c, Path("registries"), nil)
}

// GetRegistry reads one registry.
func (c *Client) GetRegistry(ctx context.Context, id string) (apiv1.Registry, error) {
	return get[apiv1.Registry](ctx, c, Path("registries", id), nil)
}

// PutRegistry creates a registry or sets its settings, and tells which of the two.
func (c *Client) PutRegistry(ctx context.Context, id string, settings apiv1.RegistrySettings) (r apiv1.Registry, created bool, err error) {
	status, err := c.Do(ctx, Request{Method: http.MethodPut, Path: Path("registries", id), Body: settings}, &r)
	return r, status == http.StatusCreated, err
}

// DeleteRegistry deletes a registry that has no triggers.
func (c *Client) DeleteRegistry(ctx context.Context, id string) error {
	return c.drop(ctx, Path("registries", id))
}

// ListKeys lists the access keys that the client's own key could have made.
func (c *Client) ListKeys(ctx context.Context) (apiv1.AccessKeys, error) {
	return get[apiv1.AccessKeys](ctx, c, Path("keys"), nil)
}

// CreateKey creates an access key. Its secret is in this answer only.
func (c *Client) CreateKey(ctx context.Context, settings apiv1.AccessKeySettings) (apiv1.AccessKey, error) {
	return post[apiv1.AccessKey](ctx, c, Path("keys"), settings)
}

// DeleteKey deletes an access key, by the part before the colon.
func (c *Client) DeleteKey(ctx context.Context, id string) error {
	return c.drop(ctx, Path("keys", id))
}
