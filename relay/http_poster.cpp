#include "relay/http_poster.hpp"

#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <fmt/format.h>
#include <openssl/ssl.h>

#include "relay/address_rule.hpp"
#include "relay/message.hpp"

namespace giro::relay {

// What came back on a connection.
struct Exchange {
  PostOutcome outcome;
  bool answered = false;  // A byte of an answer was there.
  bool reusable = false;
};

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto kQuietMax =
    std::chrono::seconds(20);  // Servers close what is idle, usually after a minute.
constexpr auto kBodyMax = std::chrono::seconds(1);
constexpr std::size_t kKeptMax = 8;
constexpr std::uint32_t kHeadBytesMax = std::uint32_t{16} << 10;
constexpr std::uint64_t kAnswerBytesMax = std::uint64_t{64} << 10;
constexpr int kInformationalMax = 8;

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);
using HttpRequest = http::request<http::string_body>;

std::unexpected<PostFailure> failure(std::string what) {
  return std::unexpected(PostFailure{.what = std::move(what)});
}

std::string words_of(const error_code& error) {
  if (error == beast::error::timeout || error == asio::error::operation_aborted) {
    return "it took longer than the `timeout`";
  }
  if (error == http::error::end_of_stream || error == asio::ssl::error::stream_truncated) {
    return "the connection was closed before an answer";
  }
  if (error == http::error::partial_message) return "the connection was closed within the answer";
  return error.message();
}

HttpRequest request_of(const EndpointConfig& config, const std::string& webhook_id,
                       std::string body) {
  const std::int64_t now_s = std::chrono::duration_cast<std::chrono::seconds>(
                                 std::chrono::system_clock::now().time_since_epoch())
                                 .count();
  HttpRequest request(http::verb::post, config.url.target, 11);
  request.set(http::field::host, config.url.authority);
  request.set(http::field::user_agent, "giro-relay");
  request.set(http::field::content_type, kContentType);
  request.set("webhook-id", webhook_id);
  request.set("webhook-timestamp", std::to_string(now_s));
  request.set("webhook-signature", sign(config.secrets, webhook_id, now_s, body));
  request.body() = std::move(body);
  request.prepare_payload();
  return request;
}

// A server may put anything into a header: what is shown of it is short and harmless.
std::string shown(std::string_view text) {
  std::string harmless;
  for (const char byte : text.substr(0, 200)) harmless += byte >= ' ' && byte < '\x7f' ? byte : '?';
  return harmless;
}

PostOutcome outcome_of(const http::response_header<>& answer) {
  const auto code = answer.result_int();
  if (code >= 200 && code < 300) return {};
  PostFailure refused{.what = fmt::format("it answered {} {}", code,
                                          shown(http::obsolete_reason(answer.result())))};
  if (code >= 300 && code < 400) {
    refused.what += fmt::format(
        ", to {}: redirects aren't followed, put the final URL into the "
        "configuration",
        shown(answer[http::field::location]));
  }
  refused.gone = answer.result() == http::status::gone;
  if (const auto value = answer[http::field::retry_after]; !value.empty()) {
    const auto now = std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now());
    refused.retry_after = parse_retry_after({value.data(), value.size()}, now);
  }
  return std::unexpected(std::move(refused));
}

template <class Stream>
asio::awaitable<Exchange> exchange(Stream& stream, beast::flat_buffer& buffer,
                                   const HttpRequest& request) {
  const auto [unsent, sent] = co_await http::async_write(stream, request, kAsTuple);
  if (unsent) co_return Exchange{.outcome = failure(words_of(unsent))};
  for (int round = 0; round < kInformationalMax; ++round) {
    http::response_parser<http::string_body> parser;
    parser.header_limit(kHeadBytesMax);
    parser.body_limit(kAnswerBytesMax);
    const auto [error, head] = co_await http::async_read_header(stream, buffer, parser, kAsTuple);
    const bool answered = parser.got_some();
    if (error) co_return Exchange{.outcome = failure(words_of(error)), .answered = answered};
    if (http::to_status_class(parser.get().result()) == http::status_class::informational) continue;
    Exchange done{.outcome = outcome_of(parser.get().base()), .answered = true};
    // It is answered; the rest is read for the sake of the next message alone, and not for long.
    if (parser.get().need_eof()) co_return done;
    beast::get_lowest_layer(stream).expires_after(kBodyMax);
    const auto [cut, body] = co_await http::async_read(stream, buffer, parser, kAsTuple);
    done.reusable = !cut && parser.get().keep_alive();
    co_return done;
  }
  co_return Exchange{.outcome = failure("it answers with 1xx without end"), .answered = true};
}

std::string list_of(const std::vector<tcp::endpoint>& endpoints) {
  std::string text;
  for (const tcp::endpoint& endpoint : endpoints) {
    text += (text.empty() ? "" : ", ") + endpoint.address().to_string();
  }
  return text;
}

}  // namespace

struct HttpPoster::Link {
  using Plain = beast::tcp_stream;
  using Tls = beast::ssl_stream<beast::tcp_stream>;

  Link(asio::io_context& io, asio::ssl::context* tls)
      : stream(tls == nullptr ? Stream(std::in_place_type<Plain>, io)
                              : Stream(std::in_place_type<Tls>, io, *tls)) {}

  beast::tcp_stream& lowest() {
    if (auto* tls = std::get_if<Tls>(&stream)) return tls->next_layer();
    return std::get<Plain>(stream);
  }
  asio::awaitable<Exchange> exchange_on(const HttpRequest& request) {
    if (auto* tls = std::get_if<Tls>(&stream)) return exchange(*tls, buffer, request);
    return exchange(std::get<Plain>(stream), buffer, request);
  }

  using Stream = std::variant<Plain, Tls>;
  Stream stream;
  beast::flat_buffer buffer;
  std::chrono::steady_clock::time_point used_at;
};

HttpPoster::HttpPoster(asio::io_context& io, EndpointConfig config)
    : io_(io), config_(std::move(config)) {}

HttpPoster::~HttpPoster() = default;

std::expected<std::shared_ptr<HttpPoster>, std::string> HttpPoster::create(
    asio::io_context& io, const EndpointConfig& config) {
  std::shared_ptr<HttpPoster> poster(new HttpPoster(io, config));
  asio::ssl::context& tls = poster->tls_;
  error_code error;
  if (config.ca_file.empty()) {
    tls.set_default_verify_paths(error);
  } else {
    tls.load_verify_file(config.ca_file.string(), error);
  }
  if (error) {
    return std::unexpected(
        fmt::format("endpoint {}: the certificates of {} can't be read: {}. Nothing is posted to "
                    "it; see to the "
                    "file",
                    config.name, config.ca_file.empty() ? "the system" : config.ca_file.string(),
                    error.message()));
  }
  tls.set_verify_mode(asio::ssl::verify_peer);
  SSL_CTX_set_min_proto_version(tls.native_handle(), TLS1_2_VERSION);
  return poster;
}

asio::awaitable<PostOutcome> HttpPoster::post(std::string webhook_id, std::string body) {
  const auto self = shared_from_this();
  const Deadline deadline = std::chrono::steady_clock::now() + config_.timeout;
  const HttpRequest request = request_of(config_, webhook_id, std::move(body));
  std::unique_ptr<Link> link = kept_link();
  bool was_kept = link != nullptr;
  for (;;) {
    if (link == nullptr) {
      LinkOrFailure made = co_await new_link(deadline);
      if (!made) co_return std::unexpected(std::move(made).error());
      link = std::move(*made);
    }
    link->lowest().expires_at(deadline);
    Exchange done = co_await link->exchange_on(request);
    if (done.reusable && kept_.size() < kKeptMax) {
      link->lowest().expires_never();
      link->used_at = std::chrono::steady_clock::now();
      kept_.push_back(std::move(link));
    }
    // A server may close a kept connection just when it is used again: that says nothing of the message.
    const bool may_be_new =
        was_kept && !done.answered && std::chrono::steady_clock::now() < deadline;
    if (done.outcome || !may_be_new) co_return std::move(done.outcome);
    link.reset();
    was_kept = false;
  }
}

std::unique_ptr<HttpPoster::Link> HttpPoster::kept_link() {
  const auto now = std::chrono::steady_clock::now();
  while (!kept_.empty() && now - kept_.front()->used_at > kQuietMax) kept_.pop_front();
  if (kept_.empty()) return nullptr;
  std::unique_ptr<Link> link = std::move(kept_.back());
  kept_.pop_back();
  return link;
}

asio::awaitable<HttpPoster::LinkOrFailure> HttpPoster::new_link(Deadline deadline) {
  const Url& url = config_.url;
  tcp::resolver resolver(io_);
  const auto [unknown, found] = co_await resolver.async_resolve(url.host, url.port, kAsTuple);
  if (unknown) co_return failure(fmt::format("{} isn't known: {}", url.host, unknown.message()));
  std::vector<tcp::endpoint> all;
  std::vector<tcp::endpoint> allowed;
  for (const auto& entry : found) {
    all.push_back(entry.endpoint());
    if (may_be_reached(entry.endpoint().address(), url.tls, config_.networks)) {
      allowed.push_back(entry.endpoint());
    }
  }
  if (allowed.empty()) {
    co_return failure(
        fmt::format("{} is at {}, which is {}: name it in `networks` if that is right", url.host,
                    list_of(all), url.tls ? "no public address" : "none for http:// without TLS"));
  }
  auto link = std::make_unique<Link>(io_, url.tls ? &tls_ : nullptr);
  link->lowest().expires_at(deadline);
  const auto [unreached, reached] = co_await link->lowest().async_connect(allowed, kAsTuple);
  if (unreached) {
    co_return failure(fmt::format("no connection to {}: {}", url.authority, words_of(unreached)));
  }
  error_code ignored;
  link->lowest().socket().set_option(tcp::no_delay(true), ignored);
  if (auto* tls = std::get_if<Link::Tls>(&link->stream)) {
    error_code not_an_address;
    asio::ip::make_address(url.host, not_an_address);
    if (not_an_address) SSL_set_tlsext_host_name(tls->native_handle(), url.host.c_str());
    tls->set_verify_callback(asio::ssl::host_name_verification(url.host));
    const auto [distrusted] =
        co_await tls->async_handshake(asio::ssl::stream_base::client, kAsTuple);
    if (distrusted) {
      co_return failure(fmt::format("no TLS with {}: {}", url.authority, words_of(distrusted)));
    }
  }
  co_return link;
}

}  // namespace giro::relay
