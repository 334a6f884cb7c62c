package shipbell

import (
	"fmt"
	"time"

	"github.com/shipbell/shipbell/shared/text"
)

// Retry is the waits after the first, second, … failed attempt of a trigger's deliveries, as
// texts such as "30s". An empty one is the server's; NoRetry alone has one attempt made.
type Retry []string

// NoRetry stands alone in a Retry without waits.
const NoRetry = "none"

// The limits of a Retry.
const (
	maxRetries                 = 20
	minRetryWait, maxRetryWait = time.Second, 24 * time.Hour
	maxRetryTime               = 7 * 24 * time.Hour
)

// Schedule is the waits themselves, or those of the server.
func (r Retry) Schedule(server Schedule) Schedule {
	if len(r) == 0 {
		return server
	}
	s := Schedule{}
	for _, one := range r {
		if wait, err := ParseDuration(one); err == nil && one != NoRetry {
			s = append(s, wait)
		}
	}
	return s
}

func (p *problems) checkRetry(r Retry) {
	if len(r) > maxRetries {
		p.add("retry", text.OptionTooMany, len(r), maxRetries)
	}
	for i, one := range r {
		wait, err := ParseDuration(one)
		if none := one == NoRetry && len(r) == 1; !none && (err != nil || wait < minRetryWait || wait > maxRetryWait) {
			p.add(fmt.Sprintf("retry[%d]", i), text.RetryInvalid, one)
		}
	}
	if length := r.Schedule(nil).Length(); length > maxRetryTime {
		p.add("retry", text.RetryTooLong, length)
	}
}
