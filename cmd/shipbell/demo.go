package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/client"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// demoWait is how long each step of the demo may take.
const demoWait = 20 * time.Second

func demoCommand() command {
	var address string
	var once bool
	return command{
		name: "demo", summary: "start a server and a target, send an event, and show what happens",
		about: `Starts a server with its data in a temporary directory, and a target; creates a trigger
and sends an event; and prints what the target got, with the commands that do the same.
It goes on until it is interrupted, for the console and for commands in another terminal,
and then removes its data.`,
		examples: []string{
			"shipbell demo",
			"shipbell demo --listen 127.0.0.1:8080",
		},
		flags: func(f *flag.FlagSet) {
			f.StringVar(&address, "listen", "127.0.0.1:0", "`ADDRESS` of the server; port 0 lets the system choose")
			f.BoolVar(&once, "once", false, "end after the first delivery")
		},
		run: func(ctx context.Context, c *call) error { return c.demo(ctx, address, once) },
	}
}

// demonstration is what the steps of the demo share.
type demonstration struct {
	call   *call
	dir    string
	server *client.Client
	// target is the address of the target, and arrived has what it gets.
	target  string
	arrived chan string
	// made is the delivery that the event makes.
	made shipbell.DeliveryID
}

func (c *call) demo(ctx context.Context, address string, once bool) (err error) {
	dir, err := os.MkdirTemp("", "shipbell-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	ctx, end := context.WithCancel(ctx)
	served := make(chan error, 1)
	// The data is removed when nobody writes it any more.
	defer func() { end(); err = errors.Join(err, <-served) }()
	d := &demonstration{call: c, dir: dir, arrived: make(chan string, 1)}
	ready := make(chan string, 1)
	go func() { served <- d.serve(ctx, address, ready) }()
	select {
	case at := <-ready:
		d.say("1. A server runs on %s, with its data in %s.", at, dir)
		err = d.steps(ctx, at)
	case err = <-served:
		served <- nil
	}
	if err != nil || once || ctx.Err() != nil {
		return err
	}
	d.say("\nGo on in another terminal, after: export SHIPBELL_DATA=%s\nCtrl-C ends the demo and removes its data.", dir)
	<-ctx.Done()
	return nil
}

// say prints lines.
func (d *demonstration) say(format string, args ...any) {
	for line := range strings.SplitSeq(fmt.Sprintf(format, args...), "\n") {
		d.call.sayf("%s", line)
	}
}

// serve runs the server until ctx ends, and tells where it is.
func (d *demonstration) serve(ctx context.Context, address string, ready chan<- string) (err error) {
	s, set := &settings{}, flag.NewFlagSet("serve", flag.ContinueOnError)
	s.register(set)
	if err := set.Parse([]string{"--listen", address, "--data", d.dir, "--allow-targets", "127.0.0.1/32"}); err != nil {
		return err
	}
	if err := s.read(set, func(string) string { return "" }); err != nil {
		return err
	}
	log, err := os.Create(filepath.Join(d.dir, "server.log"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	return serve(ctx, *s, whenReady(ready), log)
}

// whenReady takes the line with which a server says where it is.
type whenReady chan<- string

func (w whenReady) Write(line []byte) (int, error) {
	if _, at, ok := strings.Cut(string(line), "ready on "); ok {
		w <- strings.TrimSpace(at)
	}
	return len(line), nil
}

// steps makes a target and a trigger, sends an event, and shows its delivery.
func (d *demonstration) steps(ctx context.Context, at string) error {
	key, err := os.ReadFile(filepath.Join(d.dir, adminKeyFile))
	if err != nil {
		return err
	}
	if d.server, err = client.New(client.Options{Server: at, Key: shipbell.NewSecret(strings.TrimSpace(string(key)))}); err != nil {
		return err
	}
	close, err := d.listen()
	if err != nil {
		return err
	}
	context.AfterFunc(ctx, close) // the target stays as long as the demo
	ctx, cancel := context.WithTimeout(ctx, demoWait)
	defer cancel()
	for _, step := range []func(context.Context) error{d.createTrigger, d.sendEvent, d.showArrival, d.showDelivery} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	d.say("\nThe console is at %s/console; its key is in %s.", at, filepath.Join(d.dir, adminKeyFile))
	return nil
}

// listen starts the target.
func (d *demonstration) listen() (end func(), err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	server := &http.Server{ReadTimeout: 30 * time.Second, Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20)) // what came is what is shown
		var pretty bytes.Buffer
		if json.Indent(&pretty, body, "", "  ") == nil {
			body = pretty.Bytes()
		}
		select {
		case d.arrived <- fmt.Sprintf("%s %s\nWebhook-Id: %s\n\n%s", r.Method, r.URL.Path, r.Header.Get("Webhook-Id"), body):
		default: // what is sent later, from another terminal, is seen there
		}
	})}
	go server.Serve(listener) // it ends with an error that only says that it was closed
	d.target = "http://" + listener.Addr().String() + "/hook"
	d.say("2. A target listens on %s.", d.target)
	return func() { server.Close() }, nil
}

func (d *demonstration) createTrigger(ctx context.Context) error {
	_, err := d.server.CreateTrigger(ctx, "default", apiv1.TriggerSettings{
		Name: "demo", Actions: []shipbell.Action{shipbell.PushImage},
		Rule: shipbell.Rule{Namespace: "public", Repository: "nginx*"}, Targets: []apiv1.Target{{URL: d.target}},
	})
	if err == nil {
		d.say("3. A trigger sends pushes to public/nginx* there:\n     shipbell trigger create --name demo --namespace public --repository 'nginx*' --url %s", d.target)
	}
	return err
}

func (d *demonstration) sendEvent(ctx context.Context) error {
	event := sampleEvent{action: string(shipbell.PushImage), repository: "public/nginx", tag: "v1.10.0", operator: "shipbell demo"}
	body, err := event.body(time.Now())
	if err != nil {
		return err
	}
	answer, err := d.server.ReceiveEvents(ctx, "default", "", body)
	if err != nil {
		return err
	}
	if len(answer.Events) != 1 || len(answer.Events[0].Deliveries) != 1 {
		return errors.New("the event made no delivery")
	}
	d.made = shipbell.DeliveryID(answer.Events[0].Deliveries[0])
	d.say("4. An image is pushed, as a registry would tell it:\n     shipbell send --repository public/nginx --tag v1.10.0")
	return nil
}

func (d *demonstration) showArrival(ctx context.Context) error {
	select {
	case request := <-d.arrived:
		d.say("5. The target got this:\n     %s", strings.ReplaceAll(request, "\n", "\n     "))
		return nil
	case <-ctx.Done():
		return fmt.Errorf("the target got nothing within %v", demoWait)
	}
}

// showDelivery waits until the delivery has ended.
func (d *demonstration) showDelivery(ctx context.Context) error {
	for {
		delivery, err := d.server.GetDelivery(ctx, "default", d.made)
		if err != nil {
			return err
		}
		if delivery.Status != shipbell.Pending && len(delivery.Attempts) > 0 {
			attempt := delivery.Attempts[0]
			d.say("6. Its delivery %s: the answer was %d, after %d ms.\n     shipbell log", delivery.Status, attempt.StatusCode, attempt.DurationMS)
			return nil
		}
		if err := pause(ctx); err != nil {
			return err
		}
	}
}
