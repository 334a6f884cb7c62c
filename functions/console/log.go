package console

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/app"
	"github.com/shipbell/shipbell/shared/match"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

const (
	// deliveriesPerPage is how many deliveries a page of the log shows.
	deliveriesPerPage = 50
	// offeredTriggers is how many are offered for the filter; any can be written.
	offeredTriggers = 100
)

// logged is a delivery as the API shows it.
type logged struct{ apiv1.Delivery }

func newLogged(d *shipbell.Delivery, l text.Language) logged {
	return logged{apiv1.NewDelivery(d, l)}
}

// State differs whenever something about the delivery has changed.
func (d logged) State() string {
	return fmt.Sprint(strconv.FormatInt(d.UpdatedAt.UnixNano(), 36), d.Tries(), d.Status, !d.ClearedAt.IsZero())
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
func (d logged) Others() int { return d.ResourceCount - len(d.First()) }

// deliveryPage is a page of deliveries.
type deliveryPage struct {
	Deliveries []logged
	// NextCursor is the last delivery that was looked at, or "" at the end.
	NextCursor shipbell.DeliveryID
	// Damaged is how many records are left out because they cannot be read.
	Damaged int
}

// find reads a page of the deliveries that a query means, those before a cursor if that
// is not "".
func (v *visit) find(q app.DeliveryQuery, cursor string, limit int) (list app.DeliveryList, err error) {
	q.Limit = limit
	if cursor != "" {
		if q.Before, err = shipbell.ParseDeliveryID(cursor); err != nil {
			return list, shipbell.NewError(shipbell.Malformed, text.CursorInvalid)
		}
	}
	return v.c.App.ListDeliveries(v.Context(), v.key, q)
}

// deliveries is find as the log shows it.
func (v *visit) deliveries(q app.DeliveryQuery, cursor string, limit int) (page deliveryPage, err error) {
	list, err := v.find(q, cursor, limit)
	for i := range list.Deliveries {
		page.Deliveries = append(page.Deliveries, newLogged(&list.Deliveries[i], v.language.code))
	}
	page.NextCursor, page.Damaged = list.Next, list.Damaged
	return page, err
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
	// Failed counts failed deliveries that nobody has cleared, where the page shows them.
	Failed *app.Changed
}

// Next is the address of the next page, or "".
func (p logPage) Next() string {
	if p.NextCursor == "" {
		return ""
	}
	return p.Filter.With("cursor", string(p.NextCursor))
}

// Short says that not all deliveries were looked through that could be on the page.
func (p logPage) Short() bool { return p.NextCursor != "" && len(p.Deliveries) < deliveriesPerPage }

// FailedFilter is the filter for failed deliveries that nobody has cleared.
func (p logPage) FailedFilter() logFilter {
	f := p.Filter
	f.Status, f.Cleared = shipbell.Failed, "false"
	return f
}

// showLog shows the deliveries that the address asks for.
func (c *console) showLog(v *visit) error {
	set, err := v.set()
	if err != nil {
		return err
	}
	page := logPage{Filter: readLogFilter(v.Form), Older: v.Form.Get("cursor") != ""}
	status := http.StatusOK
	wanted, err := v.query(page.Filter)
	if err == nil {
		page.deliveryPage, err = v.deliveries(wanted, v.Form.Get("cursor"), deliveriesPerPage)
	}
	if err != nil {
		var wrong bool
		if page.Problems, wrong = v.problemsOf(err, nil); !wrong {
			return err
		}
		status = http.StatusUnprocessableEntity
	}
	if err == nil && !page.Older && v.key.Role == shipbell.RoleAdmin && page.Filter == page.FailedFilter() {
		failed, err := v.clearMany(page.Filter.Written(), true)
		if err != nil {
			return err
		}
		page.Failed = &failed
	}
	page.Follows = err == nil && !page.Older && (wanted.Until.IsZero() || wanted.Until.After(c.Now()))
	page.Live = page.Follows && v.Form.Get("live") != "off"
	page.Filter.Trigger = nameOf(set, page.Filter.Trigger)
	page.Triggers = offered(set)
	return v.show(status, "log", v.t("log.title"), page)
}

// set is the registry's triggers.
func (v *visit) set() (*match.Set, error) {
	set, _, err := v.c.App.TriggerSet(v.Context(), v.key, v.registry.ID)
	return set, err
}

// offered are the names of the newest triggers.
func offered(set *match.Set) []string {
	var names []string
	for _, t := range slices.Backward(set.Triggers()) {
		if len(names) == offeredTriggers {
			break
		}
		names = append(names, t.Name)
	}
	return names
}
