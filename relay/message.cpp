#include "relay/message.hpp"

#include <array>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <openssl/evp.h>

namespace giro::relay {
namespace {

constexpr std::size_t kIdBytes = 12;  // Of the digest: 96 bits, far more than there are messages.

}  // namespace

std::string json_string(std::string_view text) {
  return boost::json::serialize(boost::json::string_view(text.data(), text.size()));
}

std::string message_id(std::string_view endpoint, const Event& event, std::string_view kind,
                       std::string_view about) {
  const std::string what =
      fmt::format("{}\n{}\n{}\n{}\n{}", endpoint, event.seq, event.at, kind, about);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  EVP_Digest(what.data(), what.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
  std::string id = fmt::format("giro_{}_", event.seq);
  for (std::size_t byte = 0; byte < kIdBytes; ++byte) id += fmt::format("{:02x}", digest[byte]);
  return id;
}

std::string cloud_event(std::string_view id, std::string_view source, std::string_view kind,
                        std::string_view subject, std::string_view time, std::string_view data) {
  std::string text =
      fmt::format(R"({{"specversion":"1.0","id":{},"source":{},"type":{},"time":{})",
                  json_string(id), json_string(source), json_string(kind), json_string(time));
  if (!subject.empty()) text += fmt::format(R"(,"subject":{})", json_string(subject));
  text += fmt::format(R"(,"datacontenttype":"application/json","data":{}}})", data);
  return text;
}

Message message_of(const Event& event, std::string_view endpoint, std::string_view source) {
  const std::string kind = fmt::format("giro.{}.{}", event.kind, event.status);
  std::string id = message_id(endpoint, event, kind, "");
  std::string body = cloud_event(id, source, kind, event.key, event.at, event.text);
  return {.id = std::move(id), .body = std::move(body)};
}

}  // namespace giro::relay
