#include "daemon/open_ledger.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "engine/ledger_clock.hpp"

namespace giro {
namespace {

// A ledger is made only where somebody asked for it: an empty folder is more often a disk that isn't
// mounted. Naming a folder on the command line that doesn't exist yet is asking, too.
store::MakeLedger make_ledger(const Options& options) {
  std::error_code ignored;
  const bool once = options.init_once && !std::filesystem::exists(*options.init_once, ignored);
  if (options.init || once) return store::MakeLedger::if_absent;
  return options.data ? store::MakeLedger::in_new_folder : store::MakeLedger::never;
}

// There is a ledger now: the next start makes none, whatever became of this one.
std::expected<void, std::string> remember_init(const Options& options) {
  if (!options.init_once) return {};
  const int mark = ::open(options.init_once->c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  if (mark < 0) {
    return std::unexpected(
        fmt::format("can't write {}, which --init-once remembers the ledger's making in: {}. "
                    "Nothing was decided; "
                    "see to its folder's rights, then start again",
                    options.init_once->string(), std::strerror(errno)));
  }
  ::close(mark);
  return {};
}

// False: nothing may be decided with the clock as it is.
bool accept_clock(const Options& options, const State& state) {
  if (state.seq() == 0) return true;
  const StartClock clock =
      check_start_clock(state.at(), LedgerClock::system_sources().real(), clock_sync());
  const bool refused = clock.refused && !options.accept_clock;
  if (!clock.words.empty()) {
    spdlog::log(refused ? spdlog::level::critical : spdlog::level::warn, "{}", clock.words);
  }
  return !refused;
}

}  // namespace

std::unique_ptr<Ledger> open_ledger(const Options& options, const Config& config) {
  auto ledger = Ledger::open({.directory = config.data, .make = make_ledger(options)});
  if (!ledger) {
    spdlog::critical("{}", ledger.error());
    return nullptr;
  }
  if (auto remembered = remember_init(options); !remembered) {
    spdlog::critical("{}", remembered.error());
    return nullptr;
  }
  for (const std::string& notice : (*ledger)->store().notices()) spdlog::warn("{}", notice);
  if (!accept_clock(options, (*ledger)->state())) return nullptr;
  return std::move(*ledger);
}

}  // namespace giro
