// A start of a node: which log its ledger is part of, and how far it is in it. Thread: the caller's, which waits for etcd
// where the ledger doesn't know yet.
#pragma once

#include <chrono>
#include <expected>
#include <functional>
#include <string>

#include "engine/cluster/ledger_key.hpp"
#include "ledger/store/store.hpp"

namespace giro {

// How far the ledger is.
[[nodiscard]] cluster::Applied head_of(const store::Store& store);

// The ledger's place in the log of the cluster `name` in the etcd behind `socket`. A ledger that was part of it before
// needs no etcd for it. One that never was becomes part of it: of a log that begins with this very ledger, or that is made now,
// where etcd has none. `random`: fills a span. `tell_wait`: called once, with what is in the way, where etcd isn't there at once.
// Errors: sentences for the operator.
[[nodiscard]] std::expected<KeptPlace, std::string> join_log(
    const store::Store& store, const std::string& name, const std::string& socket,
    std::chrono::milliseconds patience, const std::function<void(std::span<std::uint8_t>)>& random,
    const std::function<void(const std::string& why)>& tell_wait);

}  // namespace giro
