package webhook

import (
	"net/url"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// cloudEvent is a CloudEvents 1.0 event in the structured mode. Its data is the
// body of the format "tcr", so that a receiver learns one shape. It also tells which
// digest a tag pointed to before.
type cloudEvent struct {
	SpecVersion     string              `json:"specversion"`
	ID              shipbell.DeliveryID `json:"id"`
	Source          string              `json:"source"`
	Type            string              `json:"type"`
	Subject         string              `json:"subject"`
	Time            string              `json:"time,omitempty"`
	DataContentType string              `json:"datacontenttype"`
	Data            tcrBody             `json:"data"`
}

func newCloudEvent(d *shipbell.Delivery, e *shipbell.Event) cloudEvent {
	data := newTCRBody(e)
	for i, r := range e.Resources {
		data.EventData.Resources[i].PreviousDigest = r.PreviousDigest
	}
	return cloudEvent{
		SpecVersion:     "1.0",
		ID:              d.ID,
		Source:          "/shipbell/registries/" + url.PathEscape(d.Registry),
		Type:            "dev.shipbell." + string(e.Action),
		Subject:         e.Repository.FullName,
		Time:            eventTime(e.OccurAt),
		DataContentType: "application/json",
		Data:            data,
	}
}

// eventTime is "" for a time that RFC 3339, with its years of four digits,
// cannot write; the attribute is then left out.
func eventTime(unix int64) string {
	if t := time.Unix(unix, 0).UTC(); unix > 0 && t.Year() <= 9999 {
		return t.Format(time.RFC3339)
	}
	return ""
}
