package redis_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/platformtest"
	testredis "github.com/shipbell/shipbell/test/redis"
)

func put(partition, sort, value string, condition platform.Condition) platform.Write {
	return platform.Write{Item: platform.Item{Key: platform.Key{Partition: partition, Sort: sort}, Value: []byte(value)}, If: condition}
}

// everyOther makes every other try of the same commands fail, the first one too.
func everyOther(fault testredis.Fault) func([][]string) testredis.Fault {
	var mu sync.Mutex
	tries := map[string]int{}
	return func(commands [][]string) testredis.Fault {
		mu.Lock()
		defer mu.Unlock()
		key := strings.Join(slices.Concat(commands...), " ")
		if tries[key]++; tries[key]%2 == 0 {
			return ""
		}
		return fault
	}
}

// TestFirstTryFails passes the whole suite although the first try of every call
// fails, whether it was done or not.
func TestFirstTryFails(t *testing.T) {
	for _, test := range []struct {
		fault   testredis.Fault
		cluster bool
	}{
		{testredis.DropBefore, false}, {testredis.DropAfter, false}, {testredis.DropHalf, true}, {testredis.DropAfter, true},
		{"LOADING Redis is loading the dataset in memory", false}, {"READONLY You can't write against a read only replica.", true},
		{"ERR Error running script (call to f_1): @user_script:30: -READONLY You can't write against a read only slave.", false},
	} {
		t.Run(fmt.Sprint(test.fault, ", cluster ", test.cluster), func(t *testing.T) {
			t.Parallel()
			platformtest.KV(t, func(t *testing.T) platform.KV {
				proxy := testredis.Start(t).Proxy()
				proxy.Fail(everyOther(test.fault))
				if test.cluster {
					return openKV(t, behindProxy(proxy.URL()))
				}
				return openKV(t, proxy.URL())
			})
		})
	}
}

// TestNoTrySucceeds gives errors that are no conflicts.
func TestNoTrySucceeds(t *testing.T) {
	for _, fault := range []testredis.Fault{testredis.DropBefore, testredis.DropAfter, "READONLY no", "ERR Error running script: -READONLY no", "OOM no"} {
		t.Run(string(fault), func(t *testing.T) {
			t.Parallel()
			proxy := testredis.Start(t).Proxy()
			proxy.Fail(func([][]string) testredis.Fault { return fault })
			kv := openKV(t, proxy.URL())
			guarded := put("p", "b", "", platform.Absent)
			guarded.Guarded = true
			for i, err := range kv.Write(t.Context(), put("p", "a", "", platform.Absent), guarded) {
				if err == nil || errors.Is(err, platform.ErrConflict) || errors.Is(err, platform.ErrSkipped) {
					t.Errorf("write %d: %v", i, err)
				}
			}
			if _, err := kv.Get(t.Context(), guarded.Item.Key); err == nil {
				t.Error("get answered")
			}
			if _, err := kv.Range(t.Context(), platform.Range{Partition: "p", Limit: 1}); err == nil {
				t.Error("range answered")
			}
			if _, err := kv.Due(t.Context(), time.Time{}, time.Now(), 1); err == nil {
				t.Error("due answered")
			}
		})
	}
}

// TestGuardFails leaves what another script would do undone.
func TestGuardFails(t *testing.T) {
	server := testredis.Start(t)
	proxy := server.Proxy()
	kv := openKV(t, behindProxy(proxy.URL()))
	proxy.Fail(func(commands [][]string) testredis.Fault {
		if slices.Contains(commands[0], "one\x00first") {
			return "OOM command not allowed when used memory > 'maxmemory'"
		}
		return ""
	})
	second := put("other", "second", "", platform.Absent)
	second.Guarded = true
	errs := kv.Write(t.Context(), put("one", "first", "", platform.Absent), second, put("another", "x", "", platform.Absent))
	if errs[0] == nil || !strings.Contains(errs[0].Error(), "OOM") || errs[1] != platform.ErrSkipped || errs[2] != nil {
		t.Errorf("got %v", errs)
	}
}

// TestOvertaken finds its write gone and somebody else's in its place when it
// tries again. It cannot know that it was done, and does not say that it was not.
func TestOvertaken(t *testing.T) {
	server := testredis.Start(t)
	sound := openKV(t, server.URL())
	for _, test := range []struct {
		what string
		mine platform.Write
		then []platform.Write // what others do before the second try
		want error
	}{
		{"changed again", put("p", "a", "mine", platform.Absent), []platform.Write{put("p", "a", "theirs", platform.AtVersion(1))}, io.EOF},
		{"deleted", put("p", "b", "mine", platform.Absent), []platform.Write{{Item: platform.Item{Key: platform.Key{Partition: "p", Sort: "b"}}, Delete: true, If: platform.AtVersion(1)}}, nil},
		{"nothing", put("p", "c", "mine", platform.Absent), nil, nil},
	} {
		proxy := server.Proxy()
		kv := openKV(t, proxy.URL())
		var tries atomic.Int32
		proxy.Fail(func([][]string) testredis.Fault {
			if tries.Add(1) == 1 {
				return testredis.DropAfter
			}
			for _, w := range test.then {
				if err := sound.Write(context.Background(), w)[0]; err != nil {
					t.Errorf("%s: %v", test.what, err)
				}
			}
			proxy.Fail(nil)
			return ""
		})
		// The server knows the script, so that the first try is done.
		if err := sound.Write(t.Context(), put("p", "warm", "", platform.Always))[0]; err != nil {
			t.Fatal(err)
		}
		if err := kv.Write(t.Context(), test.mine)[0]; !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", test.what, err, test.want)
		}
	}
}

// TestServerAway opens although Redis is away, fails until it is there, and rides
// out restarts, after which the server knows no script.
func TestServerAway(t *testing.T) {
	server := testredis.Start(t)
	kv := openKV(t, server.URL())
	for i, end := range []func(){server.Stop, server.Kill} {
		end()
		if err := kv.Write(t.Context(), put("p", "a", "", platform.Always))[0]; err == nil || !strings.Contains(err.Error(), "connection refused") {
			t.Errorf("without Redis: %v", err)
		}
		server.Start()
		if err := kv.Write(t.Context(), put("p", "a", fmt.Sprint(i), platform.Always))[0]; err != nil {
			t.Errorf("with Redis: %v", err)
		}
		items, err := kv.Get(t.Context(), platform.Key{Partition: "p", Sort: "a"})
		if err != nil || string(items[0].Value) != fmt.Sprint(i) {
			t.Errorf("with Redis: %+v, %v", items, err)
		}
	}
}

// TestRestartsUnderLoad loses nothing that was acknowledged, and writes nothing
// twice, while the server is killed and started.
func TestRestartsUnderLoad(t *testing.T) {
	server := testredis.Start(t)
	kv := openKV(t, server.URL())
	ctx, stop := context.WithCancel(t.Context())
	var all sync.WaitGroup
	const writers = 8
	acknowledged, unclear := make([]int64, writers), make([]int64, writers)
	for w := range writers {
		all.Go(func() {
			name := fmt.Sprint("w", w)
			for ctx.Err() == nil {
				items, err := kv.Get(ctx, platform.Key{Partition: "p", Sort: name})
				if err != nil {
					continue
				}
				switch err := kv.Write(ctx, put("p", name, "", platform.Condition(items[0].Version)))[0]; {
				case err == nil:
					acknowledged[w]++
				case errors.Is(err, platform.ErrConflict):
					t.Errorf("%s: nobody else writes, and yet there is a conflict at %d", name, items[0].Version)
				default:
					unclear[w]++
				}
			}
		})
	}
	for i := range 6 {
		before := total(t, kv, writers)
		for total(t, kv, writers) < before+200 {
			time.Sleep(time.Millisecond)
		}
		if i%2 == 0 {
			server.Kill()
		} else {
			server.Stop()
		}
		server.Start()
	}
	stop()
	all.Wait()
	for w := range writers {
		items, err := kv.Get(t.Context(), platform.Key{Partition: "p", Sort: fmt.Sprint("w", w)})
		if err != nil {
			t.Fatal(err)
		}
		if got := items[0].Version; got < acknowledged[w] || got > acknowledged[w]+unclear[w] {
			t.Errorf("w%d: %d writes were acknowledged and %d are unclear, and the version is %d", w, acknowledged[w], unclear[w], got)
		}
	}
}

func total(t *testing.T, kv platform.KV, writers int) (sum int64) {
	t.Helper()
	items, err := kv.Range(t.Context(), platform.Range{Partition: "p", Limit: writers})
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range items {
		sum += item.Version
	}
	return sum
}

// TestDueIsNeverLost changes items at random while calls fail, and finds exactly
// those that have a due time.
func TestDueIsNeverLost(t *testing.T) {
	t.Parallel()
	proxy := testredis.Start(t).Proxy()
	random := rand.New(rand.NewPCG(1, 2))
	var mu sync.Mutex
	faults := []testredis.Fault{"", "", "", testredis.DropBefore, testredis.DropHalf, testredis.DropAfter, "LOADING no"}
	proxy.Fail(func([][]string) testredis.Fault {
		mu.Lock()
		defer mu.Unlock()
		return faults[random.IntN(len(faults))]
	})
	kv := openKV(t, proxy.URL())
	base := time.Unix(1_800_000_000, 0)
	var keys []platform.Key
	for i := range 40 {
		keys = append(keys, platform.Key{Partition: fmt.Sprint("p", i%5), Sort: fmt.Sprint("s", i)})
	}
	for range 60 {
		var writes []platform.Write
		mu.Lock()
		for _, n := range random.Perm(len(keys))[:1+random.IntN(8)] {
			w := platform.Write{Item: platform.Item{Key: keys[n]}, If: platform.Condition(random.IntN(4) - 1), Delete: random.IntN(6) == 0}
			if random.IntN(2) == 0 {
				w.Item.Due = base.Add(time.Duration(random.IntN(1000)) * time.Second)
			}
			writes = append(writes, w)
		}
		mu.Unlock()
		kv.Write(t.Context(), writes...) // which of them are done is what is looked at
	}
	proxy.Fail(nil)
	items, err := kv.Get(t.Context(), keys...)
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	slices.SortFunc(items, func(a, b platform.Item) int { return a.Due.Compare(b.Due) })
	for _, item := range items {
		if !item.Due.IsZero() {
			want = append(want, item.Sort)
		}
	}
	due, err := kv.Due(t.Context(), time.Time{}, base.Add(time.Hour), 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range due {
		got = append(got, key.Sort)
	}
	slices.Sort(want)
	slices.Sort(got)
	if len(want) == 0 || !slices.Equal(got, want) {
		t.Errorf("due are %q, and listed %q", want, got)
	}
}
