package shipbell_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// TestOptionsValidate names the fields of options that are wrong.
func TestOptionsValidate(t *testing.T) {
	t.Parallel()
	type target = shipbell.Target
	secret := shipbell.NewSecret("s3cr3t")
	with := func(o shipbell.Options) target { return target{Options: o} }
	many := slices.Repeat([]int{400}, 21)
	for name, test := range map[string]struct {
		target target
		want   string
	}{
		"none":                  {target{}, ""},
		"method":                {with(shipbell.Options{Method: "GET"}), "method"},
		"negative time":         {with(shipbell.Options{Timeout: -1}), "timeout"},
		"long time":             {with(shipbell.Options{Timeout: 61}), "timeout"},
		"rate":                  {with(shipbell.Options{Rate: 6001}), "rate"},
		"pause":                 {with(shipbell.Options{AutoPause: "120"}), "auto_pause"},
		"short pause":           {with(shipbell.Options{AutoPause: "59m"}), "auto_pause"},
		"long pause":            {with(shipbell.Options{AutoPause: "721h"}), "auto_pause"},
		"longest pause":         {with(shipbell.Options{AutoPause: "720h"}), ""},
		"no pause, in words":    {with(shipbell.Options{AutoPause: "off"}), ""},
		"scheme":                {target{Secret: secret, Options: shipbell.Options{Auth: shipbell.Auth{Scheme: "magic"}}}, "auth.scheme"},
		"no header":             {target{Secret: secret, Options: shipbell.Options{Auth: shipbell.Auth{Scheme: shipbell.AuthToken}}}, "auth.header"},
		"a header of our own":   {target{Secret: secret, Options: shipbell.Options{Auth: shipbell.Auth{Scheme: shipbell.AuthHMAC, Header: "webhook-id"}}}, "auth.header"},
		"a header for no use":   {with(shipbell.Options{Auth: shipbell.Auth{Header: "X-A"}}), "auth.header"},
		"a prefix for no use":   {with(shipbell.Options{Auth: shipbell.Auth{Prefix: "a"}}), "auth.prefix"},
		"a prefix on two lines": {target{Secret: secret, Options: shipbell.Options{Auth: shipbell.Auth{Scheme: shipbell.AuthToken, Header: "X-A", Prefix: "a\nb"}}}, "auth.prefix"},
		"algorithm":             {target{Secret: secret, Options: shipbell.Options{Auth: shipbell.Auth{Scheme: shipbell.AuthHMAC, Header: "X-A", Algorithm: "md5"}}}, "auth.algorithm"},
		"algorithm for no use":  {with(shipbell.Options{Auth: shipbell.Auth{Algorithm: "sha1"}}), "auth.algorithm"},
		"no secret":             {with(shipbell.Options{Auth: shipbell.Auth{Scheme: shipbell.AuthToken, Header: "X-A"}}), "secret"},
		"long secret":           {target{Secret: shipbell.NewSecret(strings.Repeat("a", 1025)), Options: shipbell.Options{Auth: shipbell.Auth{Scheme: shipbell.AuthDingTalk}}}, "secret"},
		"status":                {with(shipbell.Options{Success: shipbell.Success{Statuses: []string{"2xx", "1xx"}}}), "success.statuses[1]"},
		"many statuses":         {with(shipbell.Options{Success: shipbell.Success{Statuses: slices.Repeat([]string{"200"}, 21)}}), "success.statuses"},
		"long text":             {with(shipbell.Options{Success: shipbell.Success{Text: strings.Repeat("a", 1025)}}), "success.text"},
		"long body":             {with(shipbell.Options{Success: shipbell.Success{Body: strings.Repeat("a", 1025)}}), "success.body"},
		"values without a path": {with(shipbell.Options{Success: shipbell.Success{JSON: shipbell.FieldIs{Values: []string{"0"}}}}), "success.json.path"},
		"a path without values": {with(shipbell.Options{Busy: shipbell.Busy{JSON: shipbell.FieldIs{Path: "a"}}}), "busy.json.values"},
		"many values":           {with(shipbell.Options{Busy: shipbell.Busy{JSON: shipbell.FieldIs{Path: "a", Values: slices.Repeat([]string{"0"}, 21)}}}), "busy.json.values"},
		"long path":             {with(shipbell.Options{Busy: shipbell.Busy{JSON: shipbell.FieldIs{Path: strings.Repeat("a", 1025), Values: []string{"0"}}}}), "busy.json.path"},
		"permanent":             {with(shipbell.Options{Permanent: []int{410, 600}}), "permanent[1]"},
		"many permanent":        {with(shipbell.Options{Permanent: many}), "permanent"},
		"busy":                  {with(shipbell.Options{Busy: shipbell.Busy{Statuses: []int{100}}}), "busy.statuses[0]"},
		"no certificate":        {with(shipbell.Options{CA: "here"}), "ca"},
		"a broken one":          {with(shipbell.Options{CA: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"}), "ca"},
		"a long one":            {with(shipbell.Options{CA: strings.Repeat("a", 33<<10)}), "ca"},
		"insecure beside it":    {with(shipbell.Options{CA: "x", Insecure: true}), "insecure"},
		"a key alone":           {target{CertificateKey: secret}, "certificate"},
		"a certificate alone":   {with(shipbell.Options{Certificate: "x"}), "certificate_key"},
		"a wrong pair":          {target{CertificateKey: secret, Options: shipbell.Options{Certificate: "x"}}, "certificate_key"},
		"a mask":                {target{CertificateKey: shipbell.NewSecret(shipbell.Mask)}, "certificate_key"},
	} {
		test.target.URL = "https://ci.example.com/hook"
		trigger := shipbell.Trigger{Name: "a", Actions: []shipbell.Action{shipbell.PushImage}, Targets: []target{test.target}}
		trigger.Normalise()
		err := trigger.Validate()
		if test.want == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		e, _ := errors.AsType[*shipbell.Error](err)
		if e == nil || !slices.ContainsFunc(e.Fields, func(f shipbell.FieldError) bool { return f.Field == "targets[0]."+test.want }) {
			t.Errorf("%s: %+v, want a problem with %s", name, err, test.want)
		}
	}
}
