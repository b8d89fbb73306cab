#include "engine/cluster/joining.hpp"

#include <utility>

#include <fmt/format.h>

#include "queue/cluster/etcd_log.hpp"
#include "queue/etcd/client.hpp"

namespace giro {
namespace {

using namespace std::chrono_literals;

std::expected<KeptPlace, std::string> place_before(const store::Store& store,
                                                   const std::string& name) {
  auto place = read_place(store.source());
  if (!place) {
    return std::unexpected(
        "what the ledger keeps of its place in a cluster's log can't be read. Nothing was decided; "
        "verify it (giro "
        "verify --data), and put another node's ledger in its place: giro cluster join");
  }
  if (place->key.name != name) {
    return std::unexpected(
        fmt::format("the ledger is part of the cluster {}, and the configuration names {}. Nothing "
                    "was decided; mend `name` in "
                    "[cluster], or name the right folder",
                    place->key.name, name));
  }
  return std::move(*place);
}

// The text of the log's key, made if etcd has none: whoever is first makes it.
std::expected<std::string, etcd::Failure> find_or_make(etcd::Client& client,
                                                       const std::string& made) {
  const std::string key(cluster::kLedgerKey);
  const auto answer = client.call(
      etcd::TxnRequest{.compares = {{.key = key}, {.key = std::string(cluster::kHeadKey)}},
                       .success = {etcd::PutRequest{.key = key, .value = made}},
                       .failure = {etcd::RangeRequest{.key = key}}},
      1s);
  if (!answer) return std::unexpected(answer.error());
  if (answer->succeeded) return made;
  const auto* there = std::get_if<etcd::RangeAnswer>(&answer->results.at(0));
  if (there == nullptr || there->key_values.empty()) return std::string();
  return there->key_values.front().value;
}

}  // namespace

cluster::Applied head_of(const store::Store& store) {
  cluster::Applied head{.index = store.applied_index()};
  std::ranges::copy(store.chain_digest(), head.digest.begin());
  return head;
}

std::expected<KeptPlace, std::string> join_log(
    const store::Store& store, const std::string& name, const std::string& socket,
    std::chrono::milliseconds patience, const std::function<void(std::span<std::uint8_t>)>& random,
    const std::function<void(const std::string& why)>& tell_wait) {
  if (!store.source().empty()) return place_before(store, name);
  LedgerKey made{.name = name, .id = {}, .base = head_of(store)};
  random(made.id);
  etcd::Client client({.socket = socket});
  const auto until = std::chrono::steady_clock::now() + patience;
  auto text = find_or_make(client, text_of(made));
  if (!text) tell_wait(text.error().message);
  while (!text && std::chrono::steady_clock::now() < until)
    text = find_or_make(client, text_of(made));
  if (!text) {
    return std::unexpected(
        fmt::format("the ledger isn't part of the cluster {} yet, and etcd, which knows with what "
                    "its log begins, can't be reached "
                    "through {} or has no quorum: {}. Nothing was decided; start etcd's members "
                    "(giro-etcd.service), then girod",
                    name, socket, text.error().message));
  }
  const auto key = read_ledger_key(*text);
  if (!key || key->name != name) {
    return std::unexpected(
        fmt::format("the log in etcd belongs to {}, and the configuration names the cluster {}. "
                    "Nothing was decided; mend `name` or "
                    "`etcd` in [cluster]",
                    key ? "the cluster " + key->name : "something else", name));
  }
  if (key->base != made.base) {
    return std::unexpected(fmt::format(
        "the log of the cluster {} begins with another ledger than this one: with group {}, and "
        "this ledger is at group "
        "{}. Nothing was decided. A node gets the ledger of another one: giro cluster join",
        name, key->base.index, made.base.index));
  }
  return KeptPlace{.key = *key, .streams = {}};
}

}  // namespace giro
