package safehttp_test

import (
	"encoding/binary"
	"net/netip"
	"testing"

	"github.com/shipbell/shipbell/shared/safehttp"
)

// FuzzCheck compares the guard with a second opinion, written as ranges of
// numbers instead of lists of prefixes.
func FuzzCheck(f *testing.F) {
	for _, tt := range addresses {
		f.Add(netip.MustParseAddr(tt.addr).AsSlice())
	}
	client := safehttp.New(safehttp.Options{})
	everything, err := safehttp.ParsePrefixes("0.0.0.0/0,::/0")
	if err != nil {
		f.Fatal(err)
	}
	open := safehttp.New(safehttp.Options{Allow: everything})
	f.Fuzz(func(t *testing.T, raw []byte) {
		addr, ok := netip.AddrFromSlice(raw)
		if !ok {
			t.Skip()
		}
		if got, want := client.Check(addr) == nil, public(raw); got != want {
			t.Errorf("%s: reached %v, want %v", addr, got, want)
		}
		if addr.IsLinkLocalUnicast() || addr.IsMulticast() || addr.IsUnspecified() {
			if open.Check(addr) == nil {
				t.Errorf("%s is reached when everything is allowed", addr)
			}
		}
		if mapped := netip.AddrFrom16(addr.As16()); (client.Check(mapped) == nil) != (client.Check(addr) == nil) {
			t.Errorf("%s and %s are judged differently", addr, mapped)
		}
	})
}

// public is the second opinion on 4 or 16 bytes.
func public(raw []byte) bool {
	if len(raw) == 4 {
		return public4(binary.BigEndian.Uint32(raw))
	}
	high, low := binary.BigEndian.Uint64(raw), binary.BigEndian.Uint64(raw[8:])
	if high == 0 && low>>32 == 0xffff {
		return public4(uint32(low))
	}
	first32, first16, word := high>>32, high>>48, low>>32
	switch {
	case high>>61 != 1: // outside 2000::/3
		return false
	case first16 == 0x2002, high>>41 == 0x20010000>>9, first32 == 0x20010db8: // 6to4, IETF, documentation
		return false
	case high>>16 == 0x2620_004f_8000, high>>44 == 0x3fff0: // AS112, documentation
		return false
	}
	return word != 0x5efe && word != 0x0200_5efe // ISATAP
}

func public4(n uint32) bool {
	for _, r := range [][2]uint32{
		{0x00000000, 0x00ffffff}, {0x0a000000, 0x0affffff}, // this network, private
		{0x64400000, 0x647fffff}, {0x7f000000, 0x7fffffff}, // shared, loopback
		{0xa83f8110, 0xa83f8110}, {0xa9fe0000, 0xa9feffff}, // Azure's metadata, link-local
		{0xac100000, 0xac1fffff}, {0xc0000000, 0xc00000ff}, // private, IETF
		{0xc0000200, 0xc00002ff}, {0xc01fc400, 0xc01fc4ff}, // documentation, AS112
		{0xc034c100, 0xc034c1ff}, {0xc0586300, 0xc05863ff}, // AMT, 6to4 relays
		{0xc0a80000, 0xc0a8ffff}, {0xc0af3000, 0xc0af30ff}, // private, AS112
		{0xc6120000, 0xc613ffff}, {0xc6336400, 0xc63364ff}, // benchmarks, documentation
		{0xcb007100, 0xcb0071ff}, {0xe0000000, 0xffffffff}, // documentation, multicast and reserved
	} {
		if r[0] <= n && n <= r[1] {
			return false
		}
	}
	return true
}
