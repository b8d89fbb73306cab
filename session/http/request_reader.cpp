#include "session/http/request_reader.hpp"

#include <algorithm>
#include <array>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "protocol/line_framer.hpp"

namespace giro::http {

namespace beast = boost::beast::http;

namespace {

constexpr std::uint32_t kHeaderBytesMax = 8'192;
constexpr unsigned kVersion11 = 11;

std::string_view view(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

// Of any of the media types in a list of them (RFC 9110, section 12.5.1).
bool has_parameter(std::string_view types, std::string_view parameter) {
  constexpr std::string_view kBetween = ",; \t";
  while (!types.empty()) {
    const std::size_t end = std::min(types.find_first_of(kBetween), types.size());
    const std::string_view part = types.substr(0, end);
    if (boost::beast::iequals({part.data(), part.size()}, {parameter.data(), parameter.size()})) {
      return true;
    }
    types.remove_prefix(std::min(end + 1, types.size()));
  }
  return false;
}

}  // namespace

struct RequestReader::Parser {
  Parser() {
    of_beast.header_limit(kHeaderBytesMax);
    of_beast.body_limit(protocol::kLineBytesMax);
    of_beast.eager(true);
  }
  beast::request_parser<beast::string_body> of_beast;
};

std::optional<bool> is_http(std::string_view beginning) {
  constexpr std::array<std::string_view, 7> kBeginnings{"GET ",     "POST ", "PATCH ", "HEAD ",
                                                        "OPTIONS ", "PUT ",  "DELETE "};
  for (const std::string_view method : kBeginnings) {
    if (beginning.starts_with(method)) return true;
    if (method.starts_with(beginning)) return std::nullopt;
  }
  return false;
}

RequestReader::RequestReader() : parser_(std::make_unique<Parser>()) {}
RequestReader::~RequestReader() = default;

void RequestReader::next() {
  parser_ = std::make_unique<Parser>();
  state_ = State::incomplete;
  begun_ = told_to_continue_ = false;
}

std::size_t RequestReader::put(std::string_view bytes) {
  auto& parser = parser_->of_beast;
  begun_ = begun_ || !bytes.empty();
  std::size_t taken = 0;
  // Beast stops behind the header and behind each chunk.
  while (taken < bytes.size() && state_ == State::incomplete) {
    boost::system::error_code error;
    const std::size_t count =
        parser.put(boost::asio::buffer(bytes.data() + taken, bytes.size() - taken), error);
    taken += count;
    if (error == beast::error::need_more) break;
    if (error == beast::error::header_limit || error == beast::error::body_limit) {
      state_ = State::too_large;
    } else if (error) {
      state_ = State::malformed;
    } else if (parser.is_done()) {
      state_ = State::complete;
    } else if (count == 0) {
      break;
    }
  }
  return taken;
}

bool RequestReader::asks_to_continue() {
  const auto& parser = parser_->of_beast;
  if (told_to_continue_ || state_ != State::incomplete || !parser.is_header_done()) return false;
  told_to_continue_ = true;
  return boost::beast::iequals(parser.get()[beast::field::expect], "100-continue");
}

Request RequestReader::request() {
  auto& message = parser_->of_beast.get();
  return {.method = view(message.method_string()),
          .target = view(message.target()),
          .idempotency_key = view(message["Idempotency-Key"]),
          .last_event_id = view(message["Last-Event-ID"]),
          .traceparent = view(message["traceparent"]),
          .host = view(message[beast::field::host]),
          .origin = view(message[beast::field::origin]),
          .authorization = view(message[beast::field::authorization]),
          .body = &message.body(),
          .amounts_as_text = has_parameter(view(message[beast::field::accept]), "amounts=string"),
          .keeps_alive = message.keep_alive() && message.version() >= kVersion11,
          .takes_pieces = message.version() >= kVersion11};
}

std::size_t RequestReader::received() const {
  return parser_->of_beast.get().body().size();
}

std::size_t RequestReader::bytes() const {
  const auto& parser = parser_->of_beast;
  if (!parser.is_header_done()) return 0;
  const auto announced = static_cast<std::size_t>(parser.content_length().value_or(0));
  return std::max(announced, received());
}

}  // namespace giro::http
