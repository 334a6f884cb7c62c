package redis

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
)

const (
	// takeAtMost is how many messages a run takes at once.
	takeAtMost = 16
	// lookEvery is how long a run waits, at most, before it looks for messages again.
	lookEvery = 25 * time.Millisecond
	// noteEvery is how often a run notes that it is there. A look that finds nothing then
	// writes nothing.
	noteEvery = time.Second
	// linger is how long a run with nothing to do waits for more. It bounds how often a
	// run is invoked when messages come one by one.
	linger = 100 * time.Millisecond
)

// Run is one run of the function.
type Run struct {
	// ID is what it was invoked with; "" stands for a new one.
	ID string
	// Until is when it takes no more messages.
	Until time.Time
	// Work is what it does with messages. GaveWay is not called.
	Work platform.Work
	// Logger hears of messages whose handler failed; slog.Default() if nil.
	Logger *slog.Logger
}

// Drain takes messages by turns and hands them to Work.Handle, many at once, until none
// has come for a moment. From Until on it takes no more: if messages wait, another run is
// invoked. It returns when all that it took is done. When there are more messages than it
// has workers for, and more than it took in a second, it has another run invoked beside it.
//
// An error of Handle is logged; the message is gone, and the store has what it was about.
// After an error of Drain the platform should invoke a run again later.
func (q *Runs) Drain(ctx context.Context, r Run) error {
	r.ID, r.Logger = cmp.Or(r.ID, newToken()), cmp.Or(r.Logger, slog.Default())
	d := &drain{Runs: q, run: r, crew: newCrew(q.o.Workers, q.o.GroupWorkers), ended: make(chan struct{}, 1), second: q.now()}
	defer d.workers.Wait()
	more, err := d.serve(ctx)
	if err != nil && ctx.Err() != nil {
		more, err = true, nil // the end of the context is no failure of the queue
	}
	if err != nil || !more {
		return err
	}
	return d.handOver(context.WithoutCancel(ctx))
}

// drain is a run that takes messages.
type drain struct {
	*Runs
	run     Run
	crew    *crew
	workers sync.WaitGroup
	ended   chan struct{} // has one when a worker has ended
	noted   time.Time     // when the run was last noted
	// second is since when there were more messages than free workers, and count how many
	// were taken since.
	second time.Time
	count  int
}

// serve takes messages and begins work on them. It reports whether more may wait: then the
// run has not ended.
func (d *drain) serve(ctx context.Context) (more bool, err error) {
	var idle time.Time // since when there was nothing to do; long ago at first
	for ctx.Err() == nil && d.now().Before(d.run.Until) {
		messages, left, err := d.take(ctx)
		if err != nil {
			return false, err
		}
		for _, m := range messages {
			d.begin(ctx, m)
		}
		d.askForHelp(ctx, len(messages), left)
		now := d.now()
		if len(messages) > 0 {
			idle = now
			continue
		}
		if len(d.crew.places) > 0 {
			idle = now
		} else if now.Sub(idle) >= linger {
			if more, err := d.end(ctx, ""); err != nil || !more {
				return false, err
			}
		}
		d.wait(ctx)
	}
	return true, nil
}

// take takes messages for as many workers as are free, but of groups that have one to
// spare, and answers how many are left for which there was none. It notes that the run
// is there, now and then.
func (d *drain) take(ctx context.Context) (messages []taken, left int, err error) {
	free := min(takeAtMost, d.o.Workers-len(d.crew.places))
	every := func(string) bool { return true }
	pop := d.pop.run(popKeys(runsLine), append([]any{free}, d.crew.shares(every, d.run.Work.Admit)...))
	calls, now := []*call{pop}, d.now()
	if now.Sub(d.noted).Abs() > noteEvery {
		calls = append(calls, d.enter.run(noteKeys(), []any{d.run.ID, noteKept.Milliseconds(), ""}))
	}
	if err := d.client.do(ctx, calls...); err != nil {
		return nil, 0, fmt.Errorf("take messages: %w", err)
	}
	if len(calls) > 1 {
		d.noted = now
	}
	left, messages, err = readTaken(pop)
	return messages, left, err
}

// begin gives a message to a worker, of which one is free.
func (d *drain) begin(ctx context.Context, m taken) {
	d.crew.enter(context.WithoutCancel(ctx))
	d.crew.begin(m.group, m.owner)
	d.workers.Go(func() {
		if err := d.run.Work.Handle(ctx, m.body); err != nil {
			d.run.Logger.LogAttrs(ctx, slog.LevelError, "message failed", slog.String("message", string(m.body)), slog.Any("error", err))
		}
		d.crew.end(m.group, m.owner)
		d.crew.leave()
		select {
		case d.ended <- struct{}{}:
		default:
		}
	})
}

// wait waits for a worker, or for the time to look again.
func (d *drain) wait(ctx context.Context) {
	timer := time.NewTimer(lookEvery)
	defer timer.Stop()
	select {
	case <-d.ended:
	case <-timer.C:
	case <-ctx.Done():
	}
}

// askForHelp has another run invoked if there were more messages than free workers for a
// second, and more wait than were taken in it.
func (d *drain) askForHelp(ctx context.Context, took, left int) {
	now := d.now()
	if left == 0 {
		d.second, d.count = now, 0
		return
	}
	d.count += took
	if now.Sub(d.second) < time.Second {
		return
	}
	needed := left > d.count
	d.second, d.count = now, 0
	if !needed {
		return
	}
	d.workers.Go(func() {
		if err := d.another(ctx, d.o.Most-1); err != nil {
			d.run.Logger.LogAttrs(ctx, slog.LevelWarn, "no other run was invoked, although messages wait", slog.Any("error", err))
		}
	})
}

// handOver ends the run and has another one invoked if messages wait.
func (d *drain) handOver(ctx context.Context) error {
	next := newToken()
	if more, err := d.end(ctx, next); err != nil || !more {
		return err
	}
	return d.invoke(ctx, next)
}

// end ends the run unless messages wait, and reports whether they do. Then next takes its
// place, or it goes on if that is "".
func (d *drain) end(ctx context.Context, next string) (more bool, err error) {
	return d.ask(ctx, d.leave, d.run.ID, next, noteKept.Milliseconds())
}
