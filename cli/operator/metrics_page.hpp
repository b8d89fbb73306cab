// The daemon's page of metrics (docs/METRICS.md): fetched by HTTP over its socket, and read.
//
// What always holds: a metric that isn't on the page is nothing, not 0, so that an older daemon isn't taken for
// an idle one. Values: any thread; fetching: one at a time.
#pragma once

#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/client.hpp"

namespace giro::cli {

// Counts up to each bound; the last bound is infinite.
class Histogram {
 public:
  struct Bucket {
    double bound = 0;
    double up_to = 0;
  };

  Histogram() = default;
  explicit Histogram(std::vector<Bucket> buckets) : buckets_(std::move(buckets)) {}

  [[nodiscard]] double count() const { return buckets_.empty() ? 0 : buckets_.back().up_to; }
  // What came since `earlier`, which is of the same metric. After a restart in between: all of it.
  [[nodiscard]] Histogram since(const Histogram& earlier) const;
  // `share` of 0 to 1, as if a bucket's values lay evenly in it (as Prometheus' histogram_quantile does).
  // Nothing: there are none.
  [[nodiscard]] std::optional<double> quantile(double share) const;

 private:
  std::vector<Bucket> buckets_;
};

class MetricsPage {
 public:
  using Labels = std::map<std::string, std::string, std::less<>>;
  struct Sample {
    Labels labels;
    double value = 0;
  };

  // Lines that aren't samples are passed over.
  [[nodiscard]] static MetricsPage parse(std::string_view text);

  [[nodiscard]] const std::vector<Sample>& samples(std::string_view name) const;
  // Of a metric without labels.
  [[nodiscard]] std::optional<double> value(std::string_view name) const;
  // Of those that have this label; nothing: none has.
  [[nodiscard]] std::optional<double> sum(std::string_view name, std::string_view label,
                                          std::string_view value) const;
  [[nodiscard]] Histogram histogram(const std::string& name) const;

 private:
  std::map<std::string, std::vector<Sample>, std::less<>> samples_;
};

[[nodiscard]] std::expected<MetricsPage, client::CallError> fetch_metrics(
    const std::string& socket_path, client::Clock::time_point deadline);

// The body of a response of HTTP/1.1 that is whole, or why there is none. Pure.
[[nodiscard]] std::expected<std::string, client::CallError> body_of_response(
    std::string_view response);

}  // namespace giro::cli
