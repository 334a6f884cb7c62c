package safehttp_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shipbell/shipbell/shared/safehttp"
)

const (
	never     = "never reached"
	notPublic = "it is not public, and --allow-targets (SHIPBELL_ALLOW_TARGETS) does not name it"
	private   = "private: " // and the range
)

// addresses of every class, with the rule that closes them by default; "" for
// public ones.
var addresses = []struct{ addr, rule string }{
	{"8.8.8.8", ""}, {"1.1.1.1", ""}, {"9.9.9.9", ""}, {"11.0.0.1", ""}, {"30.0.0.1", ""},
	{"172.15.255.255", ""}, {"172.32.0.0", ""}, {"100.63.255.255", ""}, {"100.128.0.0", ""},
	{"168.63.129.15", ""}, {"223.255.255.255", ""}, {"::ffff:8.8.8.8", ""},
	{"2606:4700:4700::1111", ""}, {"2a00:1450:4001::1", ""}, {"2606:4700::5efe:0", ""},

	{"169.254.0.1", never}, {"169.254.169.254", never}, {"169.254.170.2", never}, {"::ffff:169.254.169.254", never},
	{"fe80::1", never}, {"fe80::1%eth0", never}, {"febf::1", never},
	{"fd00:ec2::254", never}, {"fd00:ec2::23", never}, {"fd20:ce::254", never},
	{"100.100.100.200", never}, {"168.63.129.16", never}, {"192.0.0.192", never},
	{"0.0.0.0", never}, {"::", never}, {"::ffff:0.0.0.0", never},
	{"224.0.0.1", never}, {"239.255.255.250", never}, {"255.255.255.255", never}, {"ff02::1", never}, {"ff0e::1", never},
	// Metadata in the clothes of each transition mechanism.
	{"64:ff9b::a9fe:a9fe", never}, {"2002:a9fe:a9fe::1", never}, {"::169.254.169.254", never},
	{"::ffff:0:169.254.169.254", never}, {"2606:4700::5efe:a9fe:a9fe", never}, {"2606:4700::200:5efe:a9fe:a9fe", never},

	{"127.0.0.1", private + "127.0.0.0/8"}, {"127.255.255.254", private + "127.0.0.0/8"}, {"::1", private + "::1/128"}, {"::ffff:127.0.0.1", private + "127.0.0.0/8"},
	{"10.0.0.1", private + "10.0.0.0/8"}, {"172.16.0.1", private + "172.16.0.0/12"}, {"172.31.255.255", private + "172.16.0.0/12"}, {"192.168.1.1", private + "192.168.0.0/16"},
	{"fc00::1", private + "fc00::/7"}, {"fd12:3456::1", private + "fc00::/7"}, {"fec0::1", notPublic},
	{"100.64.0.1", private + "100.64.0.0/10"}, {"100.127.255.255", private + "100.64.0.0/10"}, {"192.0.0.1", notPublic},
	{"192.0.2.1", notPublic}, {"198.51.100.1", notPublic}, {"203.0.113.1", notPublic},
	{"192.88.99.1", notPublic}, {"192.31.196.1", notPublic}, {"192.52.193.1", notPublic}, {"192.175.48.1", notPublic},
	{"198.18.0.1", notPublic}, {"198.19.255.255", notPublic},
	{"0.1.2.3", notPublic}, {"240.0.0.1", notPublic}, {"255.255.255.254", notPublic},
	{"::127.0.0.1", notPublic}, {"::ffff:0:127.0.0.1", notPublic},
	{"64:ff9b::7f00:1", notPublic}, {"64:ff9b::808:808", notPublic}, {"64:ff9b:1::1", notPublic},
	{"2002::1", never}, {"2002:7f00:1::", notPublic}, {"2002:808:808::1", notPublic},
	{"2001::1", notPublic}, {"2001:db8::1", notPublic}, {"2001:20::1", notPublic}, {"2620:4f:8000::1", notPublic},
	{"100::1", notPublic}, {"3fff::1", notPublic}, {"5f00::1", notPublic}, {"4000::1", notPublic},
	{"2606:4700::5efe:7f00:1", notPublic}, {"2606:4700::200:5efe:7f00:1", notPublic}, {"2606:4700::5efe:808:808", notPublic},
}

func TestCheckByDefault(t *testing.T) {
	client := safehttp.New(safehttp.Options{})
	for _, tt := range addresses {
		wantRule(t, tt.addr, client.Check(netip.MustParseAddr(tt.addr)), tt.rule)
	}
	wantRule(t, "no address", client.Check(netip.Addr{}), "it is no IP address")
}

// wantRule checks that err is ErrBlocked and names the rule: only with a private range
// also the address, and the range.
func wantRule(t *testing.T, addr string, err error, rule string) {
	t.Helper()
	network, isPrivate := strings.CutPrefix(rule, private)
	if isPrivate {
		rule = netip.MustParseAddr(addr).Unmap().String() + " is in " + network + ", which is not public; the operator can allow it with --allow-targets " + network + " (SHIPBELL_ALLOW_TARGETS)"
	}
	switch {
	case rule == "" && err != nil:
		t.Errorf("%s: %v, want it reached", addr, err)
	case rule != "" && (!errors.Is(err, safehttp.ErrBlocked) || !strings.HasSuffix(err.Error(), rule)):
		t.Errorf("%s: %v, want it blocked: %s", addr, err, rule)
	case err != nil && !isPrivate && addr != "::" && strings.Contains(err.Error(), addr):
		t.Errorf("%s: the error names the address: %v", addr, err)
	}
}

func TestAllowOpensWhatIsNotClosedForGood(t *testing.T) {
	everything, err := safehttp.ParsePrefixes("0.0.0.0/0,::/0")
	if err != nil {
		t.Fatal(err)
	}
	client := safehttp.New(safehttp.Options{Allow: everything})
	for _, tt := range addresses {
		rule := tt.rule
		if rule == notPublic || strings.HasPrefix(rule, private) {
			rule = ""
		}
		wantRule(t, tt.addr, client.Check(netip.MustParseAddr(tt.addr)), rule)
	}
}

func TestDenyLoopbackGoesBeforeAllow(t *testing.T) {
	everything, _ := safehttp.ParsePrefixes("0.0.0.0/0,::/0")
	client := safehttp.New(safehttp.Options{Allow: everything, DenyLoopback: true})
	for _, addr := range []string{
		"127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1", "::127.0.0.1", "::ffff:0:127.0.0.1",
		"64:ff9b::7f00:1", "2002:7f00:1::", "2606:4700::5efe:7f00:1",
	} {
		wantRule(t, addr, client.Check(netip.MustParseAddr(addr)), "loopback addresses are never reached from this platform")
	}
	wantRule(t, "10.0.0.1", client.Check(netip.MustParseAddr("10.0.0.1")), "")
}

func TestOrderOfAllowAndDeny(t *testing.T) {
	allow, _ := safehttp.ParsePrefixes("9.1.0.0/16,10.0.0.0/8")
	deny, _ := safehttp.ParsePrefixes("9.0.0.0/8,10.1.0.0/16")
	client := safehttp.New(safehttp.Options{Allow: allow, Deny: deny})
	for _, tt := range []struct{ addr, rule string }{
		{"9.2.0.1", "the operator denies it"},
		{"::ffff:9.2.0.1", "the operator denies it"},
		{"9.1.0.1", ""},
		{"10.1.0.1", ""},
		{"::ffff:10.1.0.1", ""},
		{"8.8.8.8", ""},
		{"192.168.0.1", private + "192.168.0.0/16"},
	} {
		wantRule(t, tt.addr, client.Check(netip.MustParseAddr(tt.addr)), tt.rule)
	}
}

func TestParsePrefixes(t *testing.T) {
	for _, tt := range []struct {
		text string
		want []string
		err  string
	}{
		{text: ""},
		{text: "  "},
		{text: "127.0.0.1/32", want: []string{"127.0.0.1/32"}},
		{text: "127.0.0.1/32, 10.1.2.3/8,fd12::/16", want: []string{"127.0.0.1/32", "10.0.0.0/8", "fd12::/16"}},
		{text: "10.0.0.0/8,10.0.0.0/33", err: `"10.0.0.0/33"`},
		{text: "10.0.0.0/8,", err: `""`},
		{text: "127.0.0.1, fd12::7", want: []string{"127.0.0.1/32", "fd12::7/128"}},
		{text: "127.0.0", err: `"127.0.0"`},
		{text: "::ffff:10.0.0.1", err: `"::ffff:10.0.0.1"`},
		{text: "fe80::1%eth0", err: `"fe80::1%eth0"`},
		{text: "localhost/8,10.0.0.0/8", err: `"localhost/8"`},
		{text: "::ffff:10.0.0.0/104", err: `"::ffff:10.0.0.0/104"`},
		{text: "fe80::1%eth0/64", err: `"fe80::1%eth0/64"`},
	} {
		prefixes, err := safehttp.ParsePrefixes(tt.text)
		if tt.err != "" {
			if err == nil || !strings.HasPrefix(err.Error(), tt.err+" is not an address such as") {
				t.Errorf("ParsePrefixes(%q): error %v, want one about %s", tt.text, err, tt.err)
			}
			continue
		}
		var got []string
		for _, p := range prefixes {
			got = append(got, p.String())
		}
		if diff := cmp.Diff(tt.want, got); err != nil || diff != "" {
			t.Errorf("ParsePrefixes(%q): error %v (-want +got):\n%s", tt.text, err, diff)
		}
	}
}
