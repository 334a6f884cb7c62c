package console

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/shipbell/shipbell/shared/app"
)

// auditShown is how many changes a page of the audit log has.
const auditShown = 50

// auditPage is a page of the audit log.
type auditPage struct {
	Entries []app.AuditEntry
	// Older is the address of the next page, or "".
	Older string
}

func (c *console) showAudit(v *visit) error {
	q := app.AuditQuery{Registry: v.registry.ID, Before: v.URL.Query().Get("before"), Limit: auditShown}
	entries, err := c.App.Audit(v.Context(), v.key, q)
	if err != nil {
		return err
	}
	page := auditPage{Entries: entries}
	if len(entries) == auditShown {
		page.Older = inRegistry(v.registry.ID, "/audit?") + url.Values{"before": {entries[auditShown-1].ID}}.Encode()
	}
	return v.show(http.StatusOK, "audit", v.t("audit.title"), page)
}

// Where is the address of what an entry is about, or "" if it has no page.
func (auditPage) Where(registry string, e app.AuditEntry) string {
	switch what, done, _ := strings.Cut(string(e.Action), "."); {
	case what == "trigger" && done != "deleted":
		return inRegistry(registry, "/triggers/"+url.PathEscape(e.Object))
	case what == "delivery":
		return inRegistry(registry, "/log/"+url.PathEscape(e.Object))
	}
	return ""
}
