// How `giro cluster members | leave | join` ask etcd, and what they say where nothing comes of it.
//
//   const auto answer = ask(client, socket, etcd::StatusRequest{});
//   if (!answer) return std::unexpected(answer.error());
//
// What always holds: a failure says whether what etcd has may have changed.
// Thread: the main one.
#pragma once

#include <chrono>
#include <string>
#include <utility>

#include "cli/failure.hpp"
#include "queue/etcd/client.hpp"

namespace giro::cli {

inline constexpr std::chrono::seconds kEtcdPatience{2};
inline constexpr const char* kNothingChanged = "Nothing was changed, and no money moved.";

// Before anything is asked: etcd's own tools take a URL, and this is a path.
[[nodiscard]] Result<void> is_path(const std::string& socket);

[[nodiscard]] std::unexpected<Failure> no_etcd(const std::string& socket,
                                               const etcd::Failure& failure);

// REQUIRES: the request changes nothing.
template <class Request>
[[nodiscard]] Result<typename Request::Answer> ask(etcd::Client& client, const std::string& socket,
                                                   Request request) {
  auto answer = client.call(std::move(request), kEtcdPatience);
  if (!answer) return no_etcd(socket, answer.error());
  return std::move(*answer);
}
// Of what changes something.
[[nodiscard]] Result<etcd::TxnAnswer> change(etcd::Client& client, const std::string& socket,
                                             etcd::TxnRequest request);

}  // namespace giro::cli
