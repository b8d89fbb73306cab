#include "queue/etcd/failure.hpp"

#include <array>
#include <charconv>

namespace giro::etcd {
namespace {

constexpr std::array<std::string_view, 17> kNames{
    "ok",
    "cancelled",
    "unknown",
    "invalid_argument",
    "deadline_exceeded",
    "not_found",
    "already_exists",
    "permission_denied",
    "resource_exhausted",
    "failed_precondition",
    "aborted",
    "out_of_range",
    "unimplemented",
    "internal",
    "unavailable",
    "data_loss",
    "unauthenticated",
};

}  // namespace

std::string_view name_of(Code code) {
  return kNames[static_cast<std::size_t>(code)];
}

Fate fate_of(Code answered) {
  switch (answered) {
    case Code::invalid_argument:
    case Code::not_found:
    case Code::already_exists:
    case Code::permission_denied:
    case Code::failed_precondition:
    case Code::out_of_range:
    case Code::unimplemented:
    case Code::unauthenticated:
      return Fate::refused;
    default:
      return Fate::unknown;
  }
}

Code code_of(std::string_view grpc_status) {
  std::size_t number = kNames.size();
  const auto [stop, error] =
      std::from_chars(grpc_status.data(), grpc_status.data() + grpc_status.size(), number);
  if (error != std::errc() || stop != grpc_status.data() + grpc_status.size() ||
      number >= kNames.size())
    return Code::unknown;
  return static_cast<Code>(number);
}

Code code_of_http(int status) {
  switch (status) {
    case 400:
      return Code::internal;
    case 401:
      return Code::unauthenticated;
    case 403:
      return Code::permission_denied;
    case 404:
      return Code::unimplemented;
    case 429:
    case 502:
    case 503:
    case 504:
      return Code::unavailable;
    default:
      return Code::unknown;
  }
}

std::string message_of(std::string_view grpc_message) {
  std::string message;
  for (std::size_t i = 0; i < grpc_message.size(); ++i) {
    unsigned byte = 0;
    const char* hex = grpc_message.data() + i + 1;
    if (grpc_message[i] == '%' && i + 2 < grpc_message.size() &&
        std::from_chars(hex, hex + 2, byte, 16).ptr == hex + 2) {
      message.push_back(static_cast<char>(byte));
      i += 2;
    } else {
      message.push_back(grpc_message[i]);
    }
  }
  return message;
}

}  // namespace giro::etcd
