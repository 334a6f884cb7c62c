package preset

import "github.com/shipbell/shipbell/shared/shipbell"

// buses take events for others.
func buses() []Preset {
	return []Preset{
		{
			// https://learn.microsoft.com/azure/event-grid/post-to-custom-topic
			Name: "event-grid", Title: "Azure Event Grid", Secret: Required,
			URL: "https://TOPIC.westeurope-1.eventgrid.azure.net/api/events?api-version=2018-01-01",
			Target: shipbell.Target{
				Format: shipbell.FormatTemplate, Template: `[{"id":"{{.Delivery}}","eventType":"Shipbell.{{.Action}}","subject":"{{.Registry}}/{{.Repository}}","eventTime":"{{.OccurredAt}}","dataVersion":"1","data":{"registry":"{{.Registry}}","repository":"{{.Repository}}","operator":"{{.Operator}}","resources":[{{range $i, $r := .Resources}}{{if $i}},{{end}}{"tag":"{{$r.Tag}}","digest":"{{$r.Digest}}","url":"{{$r.URL}}"}{{end}}]}}]`,
				Options: shipbell.Options{
					Auth:      shipbell.Auth{Scheme: shipbell.AuthToken, Header: "aeg-sas-key"},
					Permanent: []int{400, 401, 403, 404, 410, 413}, Busy: status(429),
				},
			},
		},
		{
			// https://knative.dev/docs/eventing/brokers/
			Name: "knative", Title: "Knative broker", Secret: None,
			URL: "http://broker-ingress.knative-eventing.svc.cluster.local/NAMESPACE/BROKER",
			Target: shipbell.Target{
				Format:  shipbell.FormatCloudEventsBinary,
				Options: shipbell.Options{Permanent: []int{400, 410}, Busy: status(429)},
			},
		},
	}
}
