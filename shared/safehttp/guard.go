package safehttp

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"syscall"

	"code.dny.dev/ssrf"

	"github.com/shipbell/shipbell/shared/text"
)

// ErrBlocked is what errors about an address that may not be reached are. Their
// text names the rule. It names the address only if the operator can allow it.
var ErrBlocked = errors.New("blocked address")

// blocked is the rule that closed an address.
type blocked struct {
	rule text.Code
	// addr is an address of a private network, closed until the operator allows it.
	addr netip.Addr
}

func (b blocked) Error() string        { return b.Unwrap().Error() }
func (b blocked) Is(target error) bool { return target == ErrBlocked }
func (b blocked) canAllow() bool       { return b.addr.IsValid() }

func (b blocked) Unwrap() error {
	if b.canAllow() {
		return text.New(text.AddressBlocked, text.New(text.AddressPrivate, b.addr, privateRange(b.addr)))
	}
	return text.New(text.AddressBlocked, b.rule)
}

// privateRange is the range of private or loopback addresses that an address is in, or not
// valid.
func privateRange(addr netip.Addr) netip.Prefix {
	for _, p := range prefixes("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "::1/128", "fc00::/7") {
		if p.Contains(addr) {
			return p
		}
	}
	return netip.Prefix{}
}

// guard decides which addresses may be dialled.
type guard struct {
	never       []closed
	allow, deny []netip.Prefix
	special     *ssrf.Guardian
}

// closed is a rule that no allow list opens.
type closed struct {
	rule     text.Code
	prefixes []netip.Prefix
}

func newGuard(o Options) *guard {
	never := []closed{
		{text.AddressNever, prefixes(
			"169.254.0.0/16", "fe80::/10", // link-local; the metadata of most clouds
			"fd00:ec2::/32",      // AWS
			"fd20:ce::254/128",   // Google Cloud
			"100.100.100.200/32", // Alibaba Cloud
			"168.63.129.16/32",   // Azure
			"192.0.0.192/32",     // Oracle Cloud
		)},
		{text.AddressUnusable, prefixes("0.0.0.0/32", "::/128", "224.0.0.0/4", "ff00::/8", "255.255.255.255/32")},
	}
	if o.DenyLoopback {
		never = append(never, closed{text.AddressLoopback, prefixes("127.0.0.0/8", "::1/128")})
	}
	return &guard{
		never: never,
		allow: slices.Clone(o.Allow),
		deny:  slices.Clone(o.Deny),
		// The library's own allow list would go before its deny list, so it is
		// given neither. It is asked about addresses alone: any port will do.
		special: ssrf.New(),
	}
}

func (g *guard) check(addr netip.Addr) error {
	if !addr.IsValid() {
		return blocked{rule: text.AddressInvalid}
	}
	addr = addr.Unmap().WithZone("")
	inner, isatap := tunnelled(addr)
	for _, c := range g.never {
		if contain(c.prefixes, addr) || contain(c.prefixes, inner) {
			return blocked{rule: c.rule}
		}
	}
	switch {
	case contain(g.allow, addr):
		return nil
	case contain(g.deny, addr):
		return blocked{rule: text.AddressDenied}
	case isatap || g.special.SafeAddr(addr) != nil:
		if privateRange(addr).IsValid() {
			return blocked{text.AddressNotPublic, addr}
		}
		return blocked{rule: text.AddressNotPublic}
	}
	return nil
}

// control is called by the dialer for every address it is about to connect to.
func (g *guard) control(_ context.Context, _, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return blocked{rule: text.AddressInvalid}
	}
	return g.check(ap.Addr())
}

// tunnelled gives the IPv4 address that an IPv6 address of a transition
// mechanism stands for, if it does, and whether that mechanism is ISATAP, which
// may hide in any public prefix.
func tunnelled(addr netip.Addr) (inner netip.Addr, isatap bool) {
	if addr.Is4() {
		return netip.Addr{}, false
	}
	b := addr.As16()
	last := netip.AddrFrom4([4]byte(b[12:16]))
	switch {
	case b[8]&^0x02 == 0 && b[9] == 0 && b[10] == 0x5e && b[11] == 0xfe:
		return last, true
	case b[0] == 0x20 && b[1] == 0x02: // 6to4
		return netip.AddrFrom4([4]byte(b[2:6])), false
	case contain(prefixes("64:ff9b::/96", "::/96", "::ffff:0:0:0/96"), addr): // NAT64, IPv4-compatible, SIIT
		return last, false
	}
	return netip.Addr{}, false
}

func contain(prefixes []netip.Prefix, addr netip.Addr) bool {
	return slices.ContainsFunc(prefixes, func(p netip.Prefix) bool { return p.Contains(addr) })
}

func prefixes(texts ...string) []netip.Prefix {
	list := make([]netip.Prefix, len(texts))
	for i, one := range texts {
		list[i] = netip.MustParsePrefix(one)
	}
	return list
}

// ParsePrefixes reads addresses, and ranges of them in CIDR notation, with commas between
// them, such as "127.0.0.1,10.0.0.0/8". An empty text has none. The error names the part
// that is wrong.
func ParsePrefixes(ranges string) ([]netip.Prefix, error) {
	if strings.TrimSpace(ranges) == "" {
		return nil, nil
	}
	var list []netip.Prefix
	for part := range strings.SplitSeq(ranges, ",") {
		prefix, err := parsePrefix(strings.TrimSpace(part))
		if err != nil || prefix.Addr().Is4In6() {
			return nil, fmt.Errorf("%q is not an address such as 10.0.0.7, or a range such as 10.0.0.0/8 or fd12::/16", part)
		}
		list = append(list, prefix.Masked())
	}
	return list, nil
}

// parsePrefix reads a range, or one address.
func parsePrefix(text string) (netip.Prefix, error) {
	if strings.Contains(text, "/") {
		return netip.ParsePrefix(text)
	}
	address, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Prefix{}, err
	}
	if address.Zone() != "" {
		return netip.Prefix{}, errors.New("an address here has no zone")
	}
	return address.Prefix(address.BitLen())
}
