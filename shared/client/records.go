package client

import (
	"context"
	"net/http"
	"net/url"

	"github.com/shipbell/shipbell/shared/apiv1"
)

// ListRecords lists the damaged records that were found.
func (c *Client) ListRecords(ctx context.Context) (apiv1.Records, error) {
	return get[apiv1.Records](ctx, c, Path("records"), nil)
}

// CheckRecords reads some of the stored records, beginning at a cursor, "" for the first.
// The answer has the cursor of the next call.
func (c *Client) CheckRecords(ctx context.Context, cursor string) (checked apiv1.RecordCheck, err error) {
	query := url.Values{}
	setText(query, "cursor", cursor)
	_, err = c.Do(ctx, Request{Method: http.MethodPost, Path: Path("records", "check"), Query: query}, &checked)
	return checked, err
}

// DropRecord deletes a damaged record by its name.
func (c *Client) DropRecord(ctx context.Context, name string) error {
	return c.drop(ctx, Path("records", name))
}
