// Posts messages to one endpoint over HTTP/1.1, on connections that are kept for the next ones.
//
// What always holds:
//   - The certificate is verified for the URL's host, from TLS 1.2 on. There is no switch to leave it out;
//     an authority of one's own is named with `ca_file`.
//   - Only addresses that the endpoint may be reached at are connected to (relay/address_rule.hpp).
//   - No redirect is followed: who answers one could send the message anywhere.
//   - A post ends within the endpoint's timeout once the host's name is resolved. An answer's head of 16 KiB
//     is read and 64 KiB of its body; its status alone counts.
// Thread: the I/O thread. Coroutines hold the poster by themselves.
#pragma once

#include <deque>
#include <expected>
#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>

#include "relay/config.hpp"

namespace giro::relay {

using PostOutcome = std::expected<void, PostFailure>;

class HttpPoster : public std::enable_shared_from_this<HttpPoster> {
 public:
  // Errors: a sentence for the operator.
  static std::expected<std::shared_ptr<HttpPoster>, std::string> create(
      boost::asio::io_context& io, const EndpointConfig& config);
  HttpPoster(const HttpPoster&) = delete;
  HttpPoster& operator=(const HttpPoster&) = delete;
  ~HttpPoster();

  [[nodiscard]] boost::asio::awaitable<PostOutcome> post(std::string webhook_id, std::string body);

 private:
  struct Link;
  using LinkOrFailure = std::expected<std::unique_ptr<Link>, PostFailure>;
  using Deadline = std::chrono::steady_clock::time_point;

  HttpPoster(boost::asio::io_context& io, EndpointConfig config);
  [[nodiscard]] std::unique_ptr<Link> kept_link();
  [[nodiscard]] boost::asio::awaitable<LinkOrFailure> new_link(Deadline deadline);

  boost::asio::io_context& io_;
  const EndpointConfig config_;
  boost::asio::ssl::context tls_{boost::asio::ssl::context::tls_client};
  std::deque<std::unique_ptr<Link>> kept_;  // The last used at the end.
};

}  // namespace giro::relay
