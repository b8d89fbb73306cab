// The sockets that a run of the command line may ask, the nearest first: the one of a daemon, or those of a cluster's nodes
// (docs/CLUSTER.md), each of which takes every request; and one request's way over them.
//
//   Round round(nodes, patience);
//   while (... no answer from nodes.here() until round.ends() ...) {
//     const auto pause = round.next(trouble);
//     if (!pause) return std::unexpected(round.told());
//   }
//
// What always holds:
//   - A node that brought no answer is followed by the next one, and only a whole pass over all of them by a pause.
//   - Once an attempt may have come through, only a decision settles it: what another node refuses then is told as an
//     outcome that isn't known.
//   - Of one socket everything is told as it is met, and nothing is tried twice, but for a daemon that is waited for.
// No I/O but for the clock. Thread: the main one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

#include "cli/failure.hpp"
#include "cli/patience.hpp"
#include "protocol/client.hpp"

namespace giro::cli {

// Several as one text, as $GIRO_SOCKET has them: `/run/a.sock:/run/b.sock`. What parts them is a colon before a slash, so
// that one path may have colons, too.
[[nodiscard]] std::vector<std::string> sockets_of(std::string_view text);
[[nodiscard]] std::string text_of_sockets(const std::vector<std::string>& sockets);

class Nodes {
 public:
  // At least one.
  explicit Nodes(std::vector<std::string> sockets);

  [[nodiscard]] const std::vector<std::string>& sockets() const { return sockets_; }
  [[nodiscard]] std::size_t count() const { return sockets_.size(); }
  [[nodiscard]] bool are_several() const { return sockets_.size() > 1; }
  // The one that is asked now: what follows begins where the last answer came from.
  [[nodiscard]] const std::string& here() const { return sockets_[at_]; }
  void leave() { at_ = (at_ + 1) % sockets_.size(); }
  void begin_anew() { at_ = 0; }

  // Of several: the highest seq that this run was told of, which what is asked from now on must know.
  void note(const boost::json::value& answer);
  void note(std::uint64_t seq);
  // `params`, with the `min_seq` that makes a node wait until it has got so far. Unless the caller gave one.
  [[nodiscard]] std::string with_min_seq(std::string_view method, std::string_view params) const;
  // An answer to a method that takes none, by a node that hasn't got so far.
  [[nodiscard]] bool is_behind(std::string_view method, const boost::json::value& answer) const;

 private:
  std::vector<std::string> sockets_;
  std::size_t at_ = 0;
  std::uint64_t last_seq_ = 0;
};

// What an attempt met instead of an answer.
struct NodeTrouble {
  // Of several nodes' the heaviest is told.
  enum class Weight : std::uint8_t { nobody_there, sent, refused };

  Failure failure;
  Weight weight = Weight::refused;
  bool may_pass = false;    // The same node may do better later.
  bool is_of_node = false;  // Another node may be in none.
};
[[nodiscard]] NodeTrouble trouble_of(const client::CallError& error, Failure failure);

class Round {
 public:
  // `waits`: for daemons that aren't there yet.
  Round(Nodes& nodes, Patience patience, bool waits);

  // An audit is as long as its ledger: that it takes its time says nothing of the node.
  void is_long() { is_long_ = true; }
  // When the attempt is over that begins now: none may take the time of the nodes that come after it in this pass.
  [[nodiscard]] client::Clock::time_point ends() const;
  // How long it has by that, for who tells it.
  [[nodiscard]] Patience share() const;

  // Goes on to the next node, after so long. Nothing: there is no sense in it, or no time left.
  [[nodiscard]] std::optional<Patience> next(NodeTrouble trouble);
  // The user ended it.
  [[nodiscard]] Failure ended_by(Failure failure);
  // What it met, at which socket, once it is given up.
  [[nodiscard]] Failure told() const;

 private:
  [[nodiscard]] Patience pause_after_pass() const;
  [[nodiscard]] Failure told_of_several() const;

  Nodes& nodes_;
  Patience patience_;
  client::Clock::time_point deadline_;
  bool waits_;
  bool is_long_ = false;
  std::map<std::string, NodeTrouble> met_;  // The last one by socket.
  std::vector<std::string> order_;          // In which they were met first.
  std::string last_;                        // Where the last one was met.
  std::size_t failed_ = 0;
  std::size_t hopeless_ = 0;  // One after the other.
  bool in_doubt_ = false;     // An attempt may have come through.
  bool is_final_ = false;     // What was met last holds for every node.
  bool waited_ = false;       // In vain.
};

}  // namespace giro::cli
