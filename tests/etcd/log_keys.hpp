// Groups in a log in etcd, as a node appends and pulls them. What is in a group is none of etcd's business, nor of these
// tests'. Values: any thread.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>

#include "queue/etcd/messages.hpp"

namespace giro::etcd::test {

inline const std::string kLedgerKey = "/giro/ledger";
inline const std::string kHeadKey = "/giro/head";

inline std::string log_prefix(const std::string& node) {
  return "/giro/log/" + node + "/";
}

inline std::string log_key(const std::string& node, std::uint64_t n) {
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(n));
  return log_prefix(node) + digits;
}

inline std::string out_key(const std::string& node) {
  return "/giro/out/" + node;
}

// The node's group n, if it is the next one of that node and the ledger is the one that it is for; else what is there.
inline TxnRequest append_request(const std::string& node, std::uint64_t n, std::string group,
                                 const std::string& ledger = "ours") {
  const std::string key = log_key(node, n);
  return {.compares = {{.key = key},
                       {.key = out_key(node), .number = static_cast<std::int64_t>(n) - 1},
                       {.key = kLedgerKey, .target = Compare::Target::value, .value = ledger}},
          .success = {PutRequest{key, std::move(group)}, PutRequest{out_key(node)},
                      PutRequest{kHeadKey}},
          .failure = {RangeRequest{.key = key}}};
}

}  // namespace giro::etcd::test
