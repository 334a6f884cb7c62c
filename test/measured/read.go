package measured

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/shipbell/shipbell/shared/metrics"
)

// Scrape reads the metrics that a process serves, with an access key unless it is "". Of
// counters it leaves out those that are 0.
func Scrape(url, key string) (Values, error) {
	r, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("GET %s: %s", url, answer.Status)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(answer.Body)
	if err != nil {
		return nil, err
	}
	all := Values{}
	for _, word := range metrics.Vocabulary() {
		name := "shipbell_" + word.Name
		if word.Kind == metrics.Counter {
			name += "_total"
		}
		for _, one := range families[name].GetMetric() {
			if value := valueOf(word.Kind, one); value != 0 || word.Kind != metrics.Counter {
				all[nameOf(word, one)] = value
			}
		}
	}
	return all, nil
}

func valueOf(kind metrics.Kind, one *dto.Metric) float64 {
	switch kind {
	case metrics.Counter:
		return one.GetCounter().GetValue()
	case metrics.Histogram:
		return float64(one.GetHistogram().GetSampleCount())
	default:
		return one.GetGauge().GetValue()
	}
}

func nameOf(word metrics.Word, one *dto.Metric) string {
	labels := make([]string, len(word.Labels))
	for i, label := range word.Labels {
		for _, pair := range one.GetLabel() {
			if pair.GetName() == label.Name {
				labels[i] = pair.GetValue()
			}
		}
	}
	name := word.LineName(labels...)
	if word.Metric == metrics.Events {
		name = labels[0] + "/" + name
	}
	return name
}

// ReadLines adds up the lines of metrics in the log of functions. Where a line is one of
// CloudWatch's embedded metric format, it reads the metrics that the format names, and
// nothing else.
func ReadLines(log string) (Values, error) {
	all := Values{}
	for text := range strings.Lines(log) {
		var line struct {
			Msg, Source string
			AWS         *struct {
				CloudWatchMetrics []struct {
					Metrics []struct{ Name string }
				}
			} `json:"_aws"`
		}
		fields := map[string]any{}
		if json.Unmarshal([]byte(text), &line) != nil || line.Msg != "metrics" && line.AWS == nil {
			continue
		}
		if err := json.Unmarshal([]byte(text), &fields); err != nil {
			return nil, err
		}
		names := []string{}
		for name := range fields {
			names = append(names, name)
		}
		if line.AWS != nil {
			if names = names[:0]; len(line.AWS.CloudWatchMetrics) != 1 {
				return nil, errors.New("a line without one directive: " + text)
			}
			for _, one := range line.AWS.CloudWatchMetrics[0].Metrics {
				names = append(names, one.Name)
			}
		}
		for _, name := range names {
			all.add(name, line.Source, fields[name])
		}
	}
	return all, nil
}

// add adds a field of a line.
func (v Values) add(name, source string, field any) {
	values, isList := field.([]any)
	number, isNumber := field.(float64)
	histogram, isCount := strings.CutSuffix(name, "SecondsCount")
	switch {
	case isList:
		v[name] += float64(len(values))
	case !isNumber, strings.HasSuffix(name, "SecondsSum"), strings.HasSuffix(name, "SecondsMax"):
	case isCount:
		v[histogram+"Seconds"] += number
	case strings.HasPrefix(name, "Events"):
		v[source+"/"+name] += number
	case gauge(name):
		v[name] = number
	default:
		v[name] += number
	}
}

func gauge(name string) bool {
	for _, word := range metrics.Vocabulary() {
		if len(word.Labels) == 0 && word.LineName() == name {
			return word.Kind == metrics.Gauge || word.Kind == metrics.Peak
		}
	}
	return false
}
