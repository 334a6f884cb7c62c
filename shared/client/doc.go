// Package client is a client of Shipbell's REST API, docs/api/openapi.yaml. Its
// requests and answers are the types of package apiv1.
//
// # A first call
//
// New takes the server's address and an access key. A client may be used from many
// goroutines at once:
//
//	c, err := client.New(client.Options{Server: "https://shipbell.example.com", Key: shipbell.NewSecret("ID:SECRET")})
//	trigger, err := c.CreateTrigger(ctx, "default", apiv1.TriggerSettings{
//		Name:    "demo",
//		Actions: []shipbell.Action{shipbell.PushImage},
//		Targets: []apiv1.Target{{URL: "https://ci.example.com/hook"}},
//	})
//
// There is a method for every operation of the API, named as its operationId is. A
// method that is about one registry takes the registry's id after the context.
//
// # Lists
//
// ListTriggers and ListDeliveries read one page. Triggers and Deliveries read page
// after page while you range over them:
//
//	for d, err := range c.Deliveries(ctx, "default", client.DeliveryQuery{Status: shipbell.Failed}) {
//		if err != nil {
//			return err
//		}
//		fmt.Println(d.ID, d.TargetURL)
//	}
//
// # Changes
//
// ReplaceTrigger and ChangeTrigger take the version that the trigger must still have;
// with 0 the last writer wins. Secrets come back masked, and a mask that is sent again
// keeps what is stored, so that what was read can be written.
//
// # Errors
//
// An answer that is no success is an *Error with a code that is stable and a message for
// each wrong field:
//
//	var refused *client.Error
//	if errors.As(err, &refused) && refused.Status == http.StatusNotFound { … }
//
// A server that gave no answer within Options.Timeout, or could not be reached, is an
// *Unreachable error. The client repeats no request. Every request of this API may be
// sent again: an event makes the same deliveries, and a trigger that was created already
// is a conflict.
package client
