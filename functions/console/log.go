package console

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
)

const (
	// deliveriesPerPage is how many deliveries a page of the log shows.
	deliveriesPerPage = 50
	// offeredTriggers is how many are offered for the filter; any can be written.
	offeredTriggers = 100
)

// logged is a delivery as the API shows it.
type logged struct {
	ID            shipbell.DeliveryID `json:"id"`
	TriggerID     shipbell.ID         `json:"trigger_id"`
	TriggerName   string              `json:"trigger_name"`
	TargetURL     string              `json:"target_url"`
	Action        shipbell.Action     `json:"action"`
	Repository    string              `json:"repository"`
	Resources     []shipbell.Resource `json:"resources"`
	Operator      string              `json:"operator"`
	EventID       string              `json:"event_id"`
	Status        shipbell.Status     `json:"status"`
	Reason        string              `json:"reason,omitempty"`
	CreatedAt     time.Time           `json:"created_at"`
	UpdatedAt     time.Time           `json:"updated_at"`
	NextAttemptAt time.Time           `json:"next_attempt_at,omitzero"`
	Attempts      []shipbell.Attempt  `json:"attempts"`
}

// State differs whenever something about the delivery has changed.
func (d logged) State() string {
	return fmt.Sprint(strconv.FormatInt(d.UpdatedAt.UnixNano(), 36), d.Tries(), d.Status)
}

// Tries is how many attempts were made; of a long history not all are kept.
func (d logged) Tries() int {
	if len(d.Attempts) == 0 {
		return 0
	}
	return d.Attempts[len(d.Attempts)-1].Number
}

// maxTags is how many resources a row of the log names.
const maxTags = 3

// First are the resources that a row names, and Others is how many more there are.
func (d logged) First() []shipbell.Resource { return d.Resources[:min(len(d.Resources), maxTags)] }

// Others is how many resources First leaves out.
func (d logged) Others() int { return len(d.Resources) - len(d.First()) }

// deliveryPage is a page of deliveries as the API answers it.
type deliveryPage struct {
	Deliveries []logged `json:"deliveries"`
	NextCursor string   `json:"next_cursor"`
}

// deliveries asks the API for a page of those that a filter, as the API takes it, means.
func (v *visit) deliveries(f logFilter, cursor string, limit int) (page deliveryPage, err error) {
	query := f.Values()
	query.Set("limit", strconv.Itoa(limit))
	if cursor != "" {
		query.Set("cursor", cursor)
	}
	err = v.call(http.MethodGet, v.deliveryAPI("")+"?"+query.Encode(), "", nil, &page)
	return page, err
}

// deliveryAPI is where the API has the registry's deliveries, or what is below them.
func (v *visit) deliveryAPI(below string) string {
	path := "/v1/deliveries/" + v.registry.ID
	if below != "" {
		path += "/" + url.PathEscape(below)
	}
	return path
}

// logPage is a page of the log, newest first.
type logPage struct {
	Filter   logFilter
	Problems problems
	deliveryPage
	// Older says that the page is not the first.
	Older bool
	// Follows says that what is new belongs on this page, and Live that it comes by
	// itself.
	Follows, Live bool
	// Triggers are names to choose from.
	Triggers []string
}

// Next is the address of the next page, or "".
func (p logPage) Next() string {
	if p.NextCursor == "" {
		return ""
	}
	return p.Filter.With("cursor", p.NextCursor)
}

// Short says that not all deliveries were looked through that could be on the page.
func (p logPage) Short() bool { return p.NextCursor != "" && len(p.Deliveries) < deliveriesPerPage }

// showLog shows the deliveries that the address asks for.
func (c *console) showLog(v *visit) error {
	rules, err := c.Store.Rules(v.Context(), v.registry.ID)
	if err != nil {
		return err
	}
	page := logPage{Filter: readLogFilter(v.Form), Older: v.Form.Get("cursor") != ""}
	status := http.StatusOK
	wanted, err := page.Filter.forAPI(rules)
	if err == nil {
		page.deliveryPage, err = v.deliveries(wanted, v.Form.Get("cursor"), deliveriesPerPage)
	}
	if err != nil {
		var wrong bool
		if page.Problems, wrong = problemsOf(err, nil); !wrong {
			return err
		}
		status = http.StatusUnprocessableEntity
	}
	page.Follows = err == nil && !page.Older && wanted.open(c.Now())
	page.Live = page.Follows && v.Form.Get("live") != "off"
	page.Filter.Trigger = nameOf(rules, page.Filter.Trigger)
	page.Triggers = offered(rules)
	return v.show(status, "log", v.t("log.title"), page)
}

// open reports whether a filter, as the API takes it, leaves room for what comes after
// now.
func (f logFilter) open(now time.Time) bool {
	until, err := time.Parse(time.RFC3339, f.Until)
	return err != nil || until.After(now)
}

// nameOf is the name of the trigger whose number was written, which is easier to read.
func nameOf(rules *store.Rules, written string) string {
	if t, found := rules.Set.Trigger(shipbell.ID(number(written))); found && number(t.Name) == 0 {
		return t.Name
	}
	return written
}

// offered are the names of the newest triggers.
func offered(rules *store.Rules) []string {
	var names []string
	for _, t := range slices.Backward(rules.Set.Triggers()) {
		if len(names) == offeredTriggers {
			break
		}
		names = append(names, t.Name)
	}
	return names
}

func formatID(id shipbell.ID) string { return strconv.FormatInt(int64(id), 10) }
