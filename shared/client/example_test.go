package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/client"
	"github.com/shipbell/shipbell/shared/pattern"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// example answers as a server does that has one failed delivery and a trigger "demo".
func example() *httptest.Server {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/triggers/default", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusCreated)
		fmt.Fprint(w, `{"id":1,"registry":"default","name":"demo","version":1}`)
	})
	mux.HandleFunc("GET /v1/triggers/default/7", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"title":"Not Found","status":404,"code":"trigger_unknown","detail":"there is no trigger 7"}`)
	})
	mux.HandleFunc("GET /v1/deliveries/default", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, `{"deliveries":[{"id":"01M15WGVR0000000017N4PQCX2ZY","target_url":"https://ci.example.com/hook","status":"failed"}],"next_cursor":""}`)
	})
	mux.HandleFunc("POST /v1/match/default", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, `{"events":[{"triggers":[{"trigger_id":1,"trigger_name":"demo","matched":true,"reason":"all conditions hold"}]}],"ignored":[]}`)
	})
	return httptest.NewServer(mux)
}

// Create a trigger, and ask what a push would do.
func Example() {
	server := example() // yours is at https://shipbell.example.com
	defer server.Close()
	ctx := context.Background()

	c, err := client.New(client.Options{Server: server.URL, Key: shipbell.NewSecret("ak7:secret")})
	if err != nil {
		fmt.Println(err)
		return
	}
	trigger, err := c.CreateTrigger(ctx, "default", apiv1.TriggerSettings{
		Name:    "demo",
		Actions: []shipbell.Action{shipbell.PushImage},
		Rule:    shipbell.Rule{Repository: "nginx*", Tag: "v*", Dialect: pattern.TCR},
		Targets: []apiv1.Target{{URL: "https://ci.example.com/hook"}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("created", trigger.Name)

	answer, err := c.Match(ctx, "default", apiv1.MatchQuestion{Action: shipbell.PushImage, Repository: "public/nginx", Tag: "v1.10.0"})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, verdict := range answer.Events[0].Triggers {
		fmt.Println(verdict.TriggerName, verdict.Matched)
	}
	// Output:
	// created demo
	// demo true
}

// Read all failed deliveries, page by page.
func ExampleClient_Deliveries() {
	server := example()
	defer server.Close()
	c, err := client.New(client.Options{Server: server.URL, Key: shipbell.NewSecret("ak7:secret")})
	if err != nil {
		fmt.Println(err)
		return
	}
	for d, err := range c.Deliveries(context.Background(), "default", client.DeliveryQuery{Status: shipbell.Failed}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(d.ID, d.TargetURL)
	}
	// Output:
	// 01M15WGVR0000000017N4PQCX2ZY https://ci.example.com/hook
}

// Tell errors apart by their status or code.
func ExampleError() {
	server := example()
	defer server.Close()
	c, err := client.New(client.Options{Server: server.URL, Key: shipbell.NewSecret("ak7:secret")})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = c.GetTrigger(context.Background(), "default", 7)
	var refused *client.Error
	if errors.As(err, &refused) {
		fmt.Println(refused.Status, refused.Code, refused)
	}
	// Output:
	// 404 trigger_unknown there is no trigger 7
}
