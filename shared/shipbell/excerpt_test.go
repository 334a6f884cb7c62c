package shipbell_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

func TestPick(t *testing.T) {
	t.Parallel()
	all := make([]shipbell.Resource, 10)
	for i := range all {
		all[i].Tag = fmt.Sprint("v", i)
	}
	for want, some := range map[string][]int{
		"": {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, "0": {0}, "9": {9}, "0-3,7": {0, 1, 2, 3, 7}, "1,3,5-6": {1, 3, 5, 6}, "1-9": {1, 2, 3, 4, 5, 6, 7, 8, 9},
	} {
		var picked []shipbell.Resource
		for _, i := range some {
			picked = append(picked, all[i])
		}
		if got := shipbell.Pick(all, picked); got != want {
			t.Errorf("%v: %q, want %q", some, got, want)
		}
	}
	for _, wrong := range []string{"10", "3-1", "a", "0-", "-1", "1,,2", "0-10"} {
		if got, err := shipbell.Unpick(all, wrong); err == nil {
			t.Errorf("%q gives %v", wrong, got)
		}
	}
}

// TestPickBack picks resources, some of which are alike, and finds them again.
func TestPickBack(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		var all, some []shipbell.Resource
		for range 1 + random.IntN(30) {
			all = append(all, shipbell.Resource{Tag: string(rune('a' + random.IntN(4)))})
			if random.IntN(3) > 0 {
				some = append(some, all[len(all)-1])
			}
		}
		if len(some) == 0 {
			continue
		}
		if got, err := shipbell.Unpick(all, shipbell.Pick(all, some)); err != nil || !slices.Equal(got, some) {
			t.Fatalf("%v of %v came back as %v, %v", some, all, got, err)
		}
	}
}

// TestShorten keeps to the limit in JSON, keeps what fits, and keeps texts apart.
func TestShorten(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	letters := []rune("aé阿<>&\"\\\x00\u2028\U0001f514")
	for range 5000 {
		var runes []rune
		for range random.IntN(60) {
			runes = append(runes, letters[random.IntN(len(letters))])
		}
		long, limit := string(runes), 32+random.IntN(32)
		short := shipbell.Shorten(long, limit)
		in, _ := json.Marshal(long)
		out, _ := json.Marshal(short)
		if len(out)-2 > limit || len(in)-2 <= limit && short != long {
			t.Fatalf("%q becomes %q", long, short)
		}
		if other := long + "x"; shipbell.Shorten(other, limit) == short {
			t.Fatalf("%q and %q become %q", long, other, short)
		}
	}
}

// TestResponsesKept fails often: the answers of the first failed and of the last attempt
// are kept.
func TestResponsesKept(t *testing.T) {
	t.Parallel()
	h := begin(t)
	answer := func(response string) shipbell.Outcome {
		return shipbell.Outcome{StatusCode: 500, Error: text.New(text.StatusNotSuccess, 500), Response: response, Final: true}
	}
	h.attempt(shipbell.Outcome{StatusCode: 200, Response: "taken"})
	for n := range 4 {
		h.Redeliver(h.now)
		h.attempt(answer(fmt.Sprint("failed ", n)))
	}
	var got []string
	for _, a := range h.Attempts {
		got = append(got, a.Response)
	}
	if diff := cmp.Diff([]string{"", "failed 0", "", "", "failed 3"}, got); diff != "" {
		t.Errorf("responses (-want +got):\n%s", diff)
	}
}
