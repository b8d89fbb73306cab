#include "cli/operator/metrics_page.hpp"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <limits>

#include <boost/json.hpp>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli/output/fields.hpp"
#include "protocol/whole_number.hpp"

namespace giro::cli {
namespace {

using client::TransportError;
using Trouble = TransportError::Kind;

constexpr std::string_view kRequest =
    "GET /metrics HTTP/1.1\r\nHost: giro\r\nConnection: close\r\n\r\n";
constexpr std::size_t kPageBytesMax = std::size_t{4} << 20;

std::unexpected<client::CallError> failed(Trouble kind, int error_number, std::string detail = {}) {
  return std::unexpected(client::CallError(TransportError{kind, error_number, std::move(detail)}));
}

std::optional<double> number_of(std::string_view text) {
  if (text == "+Inf") return std::numeric_limits<double>::infinity();
  const std::string copy(text);
  char* end = nullptr;
  const double number = std::strtod(copy.c_str(), &end);
  if (copy.empty() || end != copy.c_str() + copy.size()) return std::nullopt;
  return number;
}

// `name="text",...` up to the brace that ends it; takes them off `text`. Nothing: they aren't whole.
std::optional<MetricsPage::Labels> take_labels(std::string_view& text) {
  MetricsPage::Labels labels;
  while (!text.starts_with('}')) {
    const std::size_t equals = text.find("=\"");
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string name(text.substr(0, equals));
    text.remove_prefix(equals + 2);
    std::string value;
    for (; !text.starts_with('"'); text.remove_prefix(1)) {
      if (text.starts_with('\\')) text.remove_prefix(1);
      if (text.empty()) return std::nullopt;
      value += text.front();
    }
    text.remove_prefix(1);
    if (text.starts_with(',')) text.remove_prefix(1);
    labels.emplace(name, value);
  }
  text.remove_prefix(1);
  return labels;
}

class SocketHandle {
 public:
  explicit SocketHandle(int handle) : handle_(handle) {}
  SocketHandle(const SocketHandle&) = delete;
  SocketHandle& operator=(const SocketHandle&) = delete;
  ~SocketHandle() { close(handle_); }
  [[nodiscard]] int get() const { return handle_; }

 private:
  int handle_;
};

// Everything up to the end that the daemon makes.
std::expected<std::string, client::CallError> exchange(int socket,
                                                       client::Clock::time_point deadline) {
  std::string_view unsent = kRequest;
  std::string received;
  for (;;) {
    pollfd interest{.fd = socket,
                    .events = static_cast<short>(unsent.empty() ? POLLIN : POLLIN | POLLOUT),
                    .revents = 0};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - client::Clock::now());
    const int ready = poll(&interest, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (ready < 0 && errno != EINTR) return failed(Trouble::lost, errno);
    if (ready == 0) return failed(Trouble::timed_out, 0);
    if (ready < 0) continue;
    if ((interest.revents & POLLOUT) != 0) {
      const ssize_t sent = send(socket, unsent.data(), unsent.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno != EAGAIN && errno != EINTR) return failed(Trouble::lost, errno);
      if (sent > 0) unsent.remove_prefix(static_cast<std::size_t>(sent));
    }
    if ((interest.revents & (POLLIN | POLLHUP | POLLERR)) == 0) continue;
    std::array<char, 16'384> piece{};
    const ssize_t count = recv(socket, piece.data(), piece.size(), 0);
    if (count == 0) return received;
    if (count < 0 && errno != EAGAIN && errno != EINTR) return failed(Trouble::lost, errno);
    if (count > 0) received.append(piece.data(), static_cast<std::size_t>(count));
    if (received.size() > kPageBytesMax)
      return failed(Trouble::nonsense, 0, "a page without an end");
  }
}

}  // namespace

Histogram Histogram::since(const Histogram& earlier) const {
  if (earlier.buckets_.size() != buckets_.size() || earlier.count() > count()) return *this;
  Histogram difference = *this;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    difference.buckets_[i].up_to -= earlier.buckets_[i].up_to;
  }
  return difference;
}

std::optional<double> Histogram::quantile(double share) const {
  if (count() <= 0) return std::nullopt;
  const double rank = share * count();
  Bucket before;
  for (const Bucket& bucket : buckets_) {
    if (bucket.up_to >= rank && bucket.up_to > before.up_to) {
      // Above the last bound nothing is known but that.
      if (std::isinf(bucket.bound)) return before.bound;
      const double part = (rank - before.up_to) / (bucket.up_to - before.up_to);
      return before.bound + (bucket.bound - before.bound) * part;
    }
    before = bucket;
  }
  return before.bound;
}

MetricsPage MetricsPage::parse(std::string_view text) {
  MetricsPage page;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const std::size_t end = line.find_first_of("{ ");
    if (line.starts_with('#') || end == std::string_view::npos) continue;
    const std::string name(line.substr(0, end));
    line.remove_prefix(end);
    Sample sample;
    if (line.starts_with('{')) {
      line.remove_prefix(1);
      auto labels = take_labels(line);
      if (!labels) continue;
      sample.labels = std::move(*labels);
    }
    while (line.starts_with(' ')) line.remove_prefix(1);
    const auto value = number_of(line.substr(0, line.find(' ')));
    if (!value) continue;
    sample.value = *value;
    page.samples_[name].push_back(std::move(sample));
  }
  return page;
}

const std::vector<MetricsPage::Sample>& MetricsPage::samples(std::string_view name) const {
  static const std::vector<Sample> kNone;
  const auto found = samples_.find(name);
  return found == samples_.end() ? kNone : found->second;
}

std::optional<double> MetricsPage::value(std::string_view name) const {
  const auto& found = samples(name);
  if (found.empty()) return std::nullopt;
  return found.front().value;
}

std::optional<double> MetricsPage::sum(std::string_view name, std::string_view label,
                                       std::string_view value) const {
  std::optional<double> total;
  for (const Sample& sample : samples(name)) {
    const auto found = sample.labels.find(label);
    if (found == sample.labels.end() || found->second != value) continue;
    total = total.value_or(0) + sample.value;
  }
  return total;
}

Histogram MetricsPage::histogram(const std::string& name) const {
  std::vector<Histogram::Bucket> buckets;
  for (const Sample& sample : samples(name + "_bucket")) {
    const auto bound = sample.labels.find("le");
    if (bound == sample.labels.end()) continue;
    if (const auto number = number_of(bound->second)) buckets.push_back({*number, sample.value});
  }
  return Histogram(std::move(buckets));
}

std::expected<std::string, client::CallError> body_of_response(std::string_view response) {
  constexpr std::string_view kBegin = "HTTP/1.1 ";
  constexpr std::string_view kLength = "\r\nContent-Length: ";
  const std::size_t head_end = response.find("\r\n\r\n");
  if (!response.starts_with(kBegin) || head_end == std::string_view::npos) {
    return failed(Trouble::nonsense, 0, std::string(response.substr(0, 100)));
  }
  const std::string_view head = response.substr(0, head_end);
  const std::string_view body = response.substr(head_end + 4);
  const std::size_t length = head.find(kLength);
  if (length != std::string_view::npos) {
    std::string_view digits = head.substr(length + kLength.size());
    digits = digits.substr(0, digits.find('\r'));
    if (protocol::whole_number<std::size_t>(digits) != body.size()) return failed(Trouble::lost, 0);
  }
  if (head.substr(kBegin.size()).starts_with("200 ")) return std::string(body);
  boost::system::error_code error;
  const boost::json::value problem = boost::json::parse(body, error);
  client::RpcError refusal;
  refusal.message = head.substr(kBegin.size(), 3);
  if (!error && problem.is_object()) {
    refusal.name = text_field(problem.get_object(), "code");
    refusal.message = text_field(problem.get_object(), "detail");
  }
  return std::unexpected(client::CallError(std::move(refusal)));
}

std::expected<MetricsPage, client::CallError> fetch_metrics(const std::string& socket_path,
                                                            client::Clock::time_point deadline) {
  const auto opened = client::connect_to(socket_path, deadline);
  if (!opened) return std::unexpected(client::CallError(opened.error()));
  const SocketHandle socket(*opened);
  const auto response = exchange(socket.get(), deadline);
  if (!response) return std::unexpected(response.error());
  const auto body = body_of_response(*response);
  if (!body) return std::unexpected(body.error());
  return MetricsPage::parse(*body);
}

}  // namespace giro::cli
