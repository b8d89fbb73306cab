#include "cli/operator/contexts.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <toml++/toml.h>
#include <unistd.h>

#include "protocol/paths.hpp"

namespace giro::cli {
namespace {

namespace fs = std::filesystem;

std::unexpected<Failure> broken_contexts(const std::string& file, const std::string& why) {
  return usage_failure(fmt::format("which daemon is meant isn't known: {} {}", file, why),
                       "Mend the file, or name the daemon with --socket.");
}

// Nothing: there is no such file.
Result<std::optional<std::string>> text_of_file(const std::string& file) {
  const int in = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (in < 0 && (errno == ENOENT || errno == ENOTDIR)) return std::optional<std::string>();
  if (in < 0)
    return broken_contexts(file, "can't be read: " + std::generic_category().message(errno));
  struct stat status{};
  const bool known = fstat(in, &status) == 0;
  close(in);
  const bool own = status.st_uid == geteuid() || status.st_uid == 0;
  if (!known || !own || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return broken_contexts(file, "may be changed by others than you, so it isn't believed");
  }
  std::ifstream stream(file);
  std::ostringstream text;
  text << stream.rdbuf();
  return std::optional(text.str());
}

// A path, or several; nothing: something else.
std::vector<std::string> paths_in(const toml::node_view<const toml::node>& socket) {
  std::vector<std::string> paths;
  const auto add = [&paths](const auto& node) {
    auto path = node.template value<std::string>();
    paths.push_back(path && path->starts_with('/') ? std::move(*path) : std::string());
  };
  if (const toml::array* several = socket.as_array()) {
    for (const toml::node& each : *several) add(each);
  } else {
    add(socket);
  }
  if (std::ranges::find(paths, "") != paths.end()) paths.clear();
  return paths;
}

std::string toml_of(const Contexts& contexts) {
  toml::table sockets;
  for (const auto& [name, paths] : contexts.sockets) {
    // One as releases before this one read it.
    if (paths.size() == 1) {
      sockets.insert(name, toml::table{{"socket", paths.front()}});
      continue;
    }
    toml::array several;
    for (const std::string& path : paths) several.push_back(path);
    sockets.insert(name, toml::table{{"socket", std::move(several)}});
  }
  std::ostringstream text;
  text << "# Written by `giro context`.\n";
  toml::table whole;
  if (!contexts.used.empty()) whole.insert("use", contexts.used);
  if (!sockets.empty()) whole.insert("contexts", std::move(sockets));
  text << whole << "\n";
  return text.str();
}

std::unexpected<Failure> not_written(const std::string& file) {
  const std::string why = std::generic_category().message(errno);
  return std::unexpected(Failure{.exit = ExitCode::no_output,
                                 .what = fmt::format("can't write {}: {}", file, why),
                                 .money = "Nothing was sent and no money moved.",
                                 .advice = "The contexts are as they were."});
}

// Beside the file and then in its place: it is there whole, old or new.
Result<void> replace_file(const std::string& file, const std::string& text) {
  std::string fresh = file + ".XXXXXX";
  const int out = mkostemp(fresh.data(), O_CLOEXEC);  // Mode 0600.
  if (out < 0) return not_written(file);
  const bool whole =
      write(out, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && fsync(out) == 0;
  close(out);
  if (whole && std::rename(fresh.c_str(), file.c_str()) == 0) return {};
  auto failure = not_written(file);
  unlink(fresh.c_str());
  return failure;
}

// Of the file's folder, as long as it lives.
class FolderLock {
 public:
  explicit FolderLock(const fs::path& folder)
      : handle_(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    if (handle_ >= 0) flock(handle_, LOCK_EX);
  }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  ~FolderLock() {
    if (handle_ >= 0) close(handle_);
  }

 private:
  int handle_;
};

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

Result<ChosenSockets> sockets_of_context(const SocketEnvironment& environment,
                                         const std::string& name, std::string why) {
  if (environment.contexts_file.empty()) {
    return usage_failure(
        "this user has neither a home nor XDG_CONFIG_HOME, so there are no contexts",
        "Name the socket with --socket or GIRO_SOCKET.");
  }
  const auto contexts = read_contexts(environment.contexts_file);
  if (!contexts) return std::unexpected(contexts.error());
  const auto found = contexts->sockets.find(name);
  if (found == contexts->sockets.end()) {
    return usage_failure(fmt::format("there is no context `{}`, named by {}", name, why),
                         "`giro context list` shows them; `giro context add NAME SOCKET` makes "
                         "one.");
  }
  return ChosenSockets{.paths = found->second, .context = name, .why = std::move(why)};
}

}  // namespace

Result<Contexts> read_contexts(const std::string& file) {
  Contexts contexts;
  const auto text = text_of_file(file);
  if (!text) return std::unexpected(text.error());
  if (!text->has_value()) return contexts;
  try {
    const toml::table table = toml::parse(**text, file);
    if (table.contains("use")) contexts.used = table["use"].value_or(std::string());
    const toml::table* sockets = table["contexts"].as_table();
    if (table.contains("contexts") && sockets == nullptr) {
      return broken_contexts(file, "has contexts that are no table");
    }
    if (sockets != nullptr) {
      for (const auto& [name, context] : *sockets) {
        const auto* fields = context.as_table();
        auto paths = fields == nullptr ? std::vector<std::string>() : paths_in((*fields)["socket"]);
        if (paths.empty()) {
          return broken_contexts(file,
                                 fmt::format("has a context {} without a socket", name.str()));
        }
        contexts.sockets.emplace(name.str(), std::move(paths));
      }
    }
  } catch (const toml::parse_error& error) {
    return broken_contexts(file, fmt::format("is broken in line {}: {}", error.source().begin.line,
                                             error.description()));
  }
  return contexts;
}

Result<void> change_contexts(const std::string& file,
                             const std::function<Result<void>(Contexts&)>& change) {
  const fs::path folder = fs::path(file).parent_path();
  std::error_code error;
  const bool made = fs::create_directories(folder, error);
  if (error) {
    errno = error.value();
    return not_written(file);
  }
  if (made) chmod(folder.c_str(), S_IRWXU);
  const FolderLock lock(folder);
  auto contexts = read_contexts(file);
  if (!contexts) return std::unexpected(contexts.error());
  if (auto changed = change(*contexts); !changed) return changed;
  return replace_file(file, toml_of(*contexts));
}

std::vector<std::string> absolute_sockets(const std::vector<std::string>& sockets) {
  std::vector<std::string> paths;
  paths.reserve(sockets.size());
  for (const std::string& socket : sockets) {
    paths.push_back(fs::absolute(socket).lexically_normal());
  }
  return paths;
}

bool is_context_name(std::string_view name) {
  constexpr std::size_t kBytesMax = 64;
  const auto fits = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
  };
  return !name.empty() && name.size() <= kBytesMax && std::ranges::all_of(name, fits) &&
         std::isalnum(static_cast<unsigned char>(name.front())) != 0;
}

SocketEnvironment socket_environment() {
  return {.socket = variable("GIRO_SOCKET"),
          .context = variable("GIRO_CONTEXT"),
          .contexts_file = default_contexts_path().value_or(""),
          .default_socket = default_socket_path().value_or("")};
}

Result<ChosenSockets> choose_sockets(const Globals& globals, const SocketEnvironment& environment) {
  std::vector<std::string> named = globals.sockets;
  std::erase(named, "");
  if (!named.empty() && !globals.context.empty()) {
    return usage_failure("both --socket and --context say which daemon is meant",
                         "Give one of them.");
  }
  if (!named.empty()) return ChosenSockets{std::move(named), {}, "--socket"};
  if (!globals.context.empty()) {
    return sockets_of_context(environment, globals.context, "--context");
  }
  if (!environment.socket.empty()) {
    return ChosenSockets{sockets_of(environment.socket), {}, "GIRO_SOCKET"};
  }
  if (!environment.context.empty()) {
    return sockets_of_context(environment, environment.context, "GIRO_CONTEXT");
  }
  if (!environment.contexts_file.empty()) {
    const auto contexts = read_contexts(environment.contexts_file);
    if (!contexts) return std::unexpected(contexts.error());
    if (!contexts->used.empty()) {
      return sockets_of_context(environment, contexts->used, "giro context use");
    }
  }
  return ChosenSockets{{environment.default_socket}, {}, "the default"};
}

}  // namespace giro::cli
