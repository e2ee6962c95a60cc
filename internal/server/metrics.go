package server

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// metrics are counted by route pattern: as many series as there are routes.
type metrics struct {
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	peers    prometheus.Counter

	connections *prometheus.GaugeVec
	shed        *prometheus.CounterVec
}

func newMetrics(r *prometheus.Registry) (*metrics, error) {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "exposure_http_requests_total", Help: "Requests answered.",
		}, []string{"listener", "route", "status"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "exposure_http_request_duration_seconds", Help: "Time to the end of an answer.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 20},
		}, []string{"listener", "route"}),
		peers: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "exposure_http_connection_errors_total", Help: "Connections that net/http complained about.",
		}),
		connections: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "exposure_http_connections", Help: "Open connections: with a request on its way, with one that is being answered, with an answer being sent, with none.",
		}, []string{"listener", "state"}),
		shed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "exposure_http_connections_shed_total", Help: "Connections closed because more came than may be open.",
		}, []string{"listener"}),
	}
	for _, c := range []prometheus.Collector{
		m.requests, m.duration, m.peers, m.connections, m.shed, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	} {
		if err := r.Register(c); err != nil {
			return nil, fmt.Errorf("registering metrics: %w", err)
		}
	}
	return m, nil
}

func (m *metrics) count(listener, route string, status int, took time.Duration) {
	m.requests.WithLabelValues(listener, route, strconv.Itoa(status)).Inc()
	m.duration.WithLabelValues(listener, route).Observe(took.Seconds())
}

// complaints counts lines and drops them.
func (m *metrics) complaints() io.Writer { return counting{m.peers} }

type counting struct{ lines prometheus.Counter }

func (c counting) Write(p []byte) (int, error) {
	c.lines.Inc()
	return len(p), nil
}
