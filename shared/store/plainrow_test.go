package store

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

func usualDelivery() shipbell.Delivery {
	at := time.Date(2026, 11, 30, 12, 0, 0, 123e6, time.UTC)
	return shipbell.Delivery{
		ID: "01K000000000000000000000AA", Registry: "default", TriggerID: 1, TriggerName: "app", TargetID: 1,
		TargetURL: "https://example.com/hook", Format: shipbell.FormatTCR, Status: shipbell.Succeeded, CreatedAt: at, UpdatedAt: at,
		Event: shipbell.Event{
			ID: "event", Source: "tcr", Action: shipbell.PushImage, OccurAt: 1589106605,
			Repository: shipbell.Repository{FullName: "public/nginx", Type: "public"},
			Resources:  []shipbell.Resource{{Digest: "sha256:aa", Tag: "v1", URL: "reg.example.com/public/nginx:v1"}},
		},
		Attempts:  []shipbell.Attempt{{Number: 1, StartedAt: at, DurationMS: 12, StatusCode: 200, Exchange: &shipbell.Exchange{Remote: "127.0.0.1:80"}}},
		Delivered: true,
	}
}

// comparePlain fails unless a delivery is encoded as json.Marshal does, if at all.
func comparePlain(t *testing.T, what string, d *shipbell.Delivery) (plain bool) {
	t.Helper()
	got, ok := appendPlain(nil, d)
	if !ok {
		return false
	}
	want, err := json.Marshal(d)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-json.Marshal +appendPlain):\n%s", what, diff)
	}
	return true
}

// TestAppendPlain sets each field of a delivery and of all that it holds.
func TestAppendPlain(t *testing.T) {
	t.Parallel()
	d := usualDelivery()
	if !comparePlain(t, "a usual delivery", &d) {
		t.Error("a usual delivery is not encoded the short way")
	}
	draw := rand.New(rand.NewPCG(1, 2))
	var each func(path string, v reflect.Value)
	each = func(path string, v reflect.Value) {
		old := reflect.ValueOf(v.Interface())
		for range 3 {
			v.Set(drawn(draw, v.Type()))
			comparePlain(t, path, &d)
		}
		v.Set(reflect.Zero(v.Type()))
		comparePlain(t, path+" zero", &d)
		v.Set(old)
		switch {
		case v.Type() == reflect.TypeFor[time.Time](), v.Type() == reflect.TypeFor[text.Message]():
		case v.Kind() == reflect.Struct:
			for i := range v.NumField() {
				each(path+"."+v.Type().Field(i).Name, v.Field(i))
			}
		case v.Kind() == reflect.Slice && v.Len() > 0:
			each(path+"[0]", v.Index(0))
		case v.Kind() == reflect.Pointer && !v.IsNil():
			each(path, v.Elem())
		}
	}
	each("delivery", reflect.ValueOf(&d).Elem())
}

// drawn makes a value of a type, with texts that JSON escapes among others.
func drawn(draw *rand.Rand, typ reflect.Type) reflect.Value {
	v := reflect.New(typ).Elem()
	switch {
	case typ == reflect.TypeFor[time.Time]():
		zone := []*time.Location{time.UTC, time.UTC, time.FixedZone("", 3600)}[draw.IntN(3)]
		v.Set(reflect.ValueOf(time.Unix(draw.Int64N(1<<34), draw.Int64N(1e9)).In(zone)))
	case typ == reflect.TypeFor[text.Message]():
		v.Set(reflect.ValueOf(text.New(text.AttemptInterrupted)))
	case typ.Kind() == reflect.String:
		texts := []string{"a", "a\"b\\c", "<&>", "\x00\x7f\xff", "版本 Tag\u2028", "https://example.com/?a=b"}
		v.SetString(texts[draw.IntN(len(texts))])
	case v.CanInt():
		v.SetInt(draw.Int64N(1000) - 500)
	case typ.Kind() == reflect.Bool:
		v.SetBool(true)
	case typ.Kind() == reflect.Slice:
		for range draw.IntN(4) {
			v = reflect.Append(v, drawn(draw, typ.Elem()))
		}
	case typ.Kind() == reflect.Array:
		for i := range v.Len() {
			v.Index(i).Set(drawn(draw, typ.Elem()))
		}
	case typ.Kind() == reflect.Pointer:
		v.Set(reflect.New(typ.Elem()))
		v.Elem().Set(drawn(draw, typ.Elem()))
	case typ.Kind() == reflect.Struct:
		for i := range v.NumField() {
			v.Field(i).Set(drawn(draw, typ.Field(i).Type))
		}
	}
	return v
}

// BenchmarkEncodeRow is the row of a usual delivery that succeeded.
func BenchmarkEncodeRow(b *testing.B) {
	d := usualDelivery()
	b.Run("append", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			appendPlain(make([]byte, 0, maxRow), &d)
		}
	})
	b.Run("json.Marshal", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := json.Marshal(&d); err != nil {
				b.Fatal(err)
			}
		}
	})
}
