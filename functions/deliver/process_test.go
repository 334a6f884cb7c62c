package deliver_test

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/shipbell/shipbell/shared/platform/local"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/test/fault"
)

// plainSealer keeps secrets in clear: sealing is not what is tested.
type plainSealer struct{}

func (plainSealer) Seal(_, text string) (string, error) { return text, nil }

func (plainSealer) Open(_, text string) (string, error) { return text, nil }

// anyone has every access key.
type anyone struct{}

func (anyone) AccessKey(_ context.Context, id string) (shipbell.AccessKey, error) {
	return shipbell.AccessKey{ID: id, Role: shipbell.RoleIngest, Secret: shipbell.NewSecret("secret")}, nil
}

func schedule() shipbell.Schedule {
	return shipbell.Schedule{5 * time.Second, 30 * time.Second, 2 * time.Minute}
}

func newQueue() *local.Queue {
	return local.NewQueue(local.QueueOptions{Logger: slog.New(slog.DiscardHandler)})
}

// process is one life of Shipbell.
type process struct {
	*fault.Faults
	handler http.Handler
	cancel  context.CancelFunc
	workers sync.WaitGroup
}

func (p *process) alive() bool {
	select {
	case <-p.Stopped():
		return false
	default:
		return true
	}
}

// stop ends the process at once: what it was doing has no effect any more.
func (p *process) stop() {
	p.Stop()
	p.cancel()
	p.workers.Wait()
}

type senderFunc func(d *shipbell.Delivery, target shipbell.Target, attempt int) shipbell.Outcome

func (f senderFunc) Send(_ context.Context, d *shipbell.Delivery, target shipbell.Target, attempt int) shipbell.Outcome {
	return f(d, target, attempt)
}
