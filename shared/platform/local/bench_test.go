package local_test

import (
	"bytes"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/local"
)

func openBench(b *testing.B) *local.Store {
	s, err := local.Open(b.TempDir(), local.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	return s
}

// BenchmarkWrite is one durable item of 600 bytes from each of many writers.
func BenchmarkWrite(b *testing.B) {
	for _, writers := range []int{1, 8, 64} {
		b.Run(fmt.Sprint(writers, " writers"), func(b *testing.B) {
			s, value := openBench(b), bytes.Repeat([]byte("x"), 600)
			var n atomic.Int64
			b.SetParallelism(writers)
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					item := platform.Item{Key: platform.Key{Partition: "p", Sort: fmt.Sprintf("%012d", n.Add(1))}, Value: value}
					if err := s.Write(b.Context(), platform.Write{Item: item, If: platform.Absent})[0]; err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}

// BenchmarkRead is a get, one that finds nothing, and a page of 100 in a partition of 10,000 items.
func BenchmarkRead(b *testing.B) {
	s, value := openBench(b), bytes.Repeat([]byte("x"), 600)
	for i := 0; i < 10_000; i += 100 {
		var writes []platform.Write
		for j := range 100 {
			item := platform.Item{Key: platform.Key{Partition: "p", Sort: fmt.Sprintf("%012d", i+j)}, Value: value}
			writes = append(writes, platform.Write{Item: item, If: platform.Absent})
		}
		if err := platform.First(s.Write(b.Context(), writes...)); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("get", func(b *testing.B) {
		b.ReportAllocs()
		for i := range b.N {
			if _, err := s.Get(b.Context(), platform.Key{Partition: "p", Sort: fmt.Sprintf("%012d", i%10_000)}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("get what is not there", func(b *testing.B) {
		b.ReportAllocs()
		for i := range b.N {
			if _, err := s.Get(b.Context(), platform.Key{Partition: "p", Sort: fmt.Sprintf("x%012d", i)}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("newest 100", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			if _, err := s.Range(b.Context(), platform.Range{Partition: "p", Descending: true, Limit: 100}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
