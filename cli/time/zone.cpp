#include "cli/time/zone.hpp"

#include <array>
#include <cstdlib>
#include <ctime>
#include <string_view>

#include <sys/stat.h>
#include <unistd.h>

namespace giro::cli {
namespace {

constexpr std::string_view kDatabase = "zoneinfo/";

std::string database_folder() {
  const char* named = std::getenv("TZDIR");
  return named == nullptr ? "/usr/share/zoneinfo" : named;
}

// Debian's /etc/localtime is a link into the database.
std::string system_zone() {
  std::array<char, 512> target{};
  const ssize_t size = readlink("/etc/localtime", target.data(), target.size());
  const std::string_view path(target.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  const std::size_t at = path.find(kDatabase);
  if (at != std::string_view::npos) return std::string(path.substr(at + kDatabase.size()));
  struct stat status{};
  // Without that file the C library takes UTC.
  return stat("/etc/localtime", &status) == 0 ? "local time" : "UTC";
}

}  // namespace

bool is_zone(const std::string& name) {
  if (name == "UTC") return true;
  if (name.empty() || name.front() == '/' || name.find("..") != std::string::npos) return false;
  struct stat status{};
  return stat((database_folder() + "/" + name).c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

void take_zone(const std::string& name) {
  // A name that the database lacks would be read as a rule, and UTC for short.
  if (!name.empty()) setenv("TZ", name == "UTC" ? "UTC0" : (":" + name).c_str(), 1);
  tzset();
}

std::string zone_name() {
  const char* named = std::getenv("TZ");
  if (named == nullptr) {
    const std::string name = system_zone();
    return name == "Etc/UTC" ? "UTC" : name;
  }
  std::string name = named;
  if (name.starts_with(':')) name.erase(0, 1);
  return name.empty() || name == "UTC0" || name == "Etc/UTC" ? "UTC" : name;
}

std::int64_t zone_offset_at(std::int64_t utc_seconds) {
  const std::time_t time = utc_seconds;
  std::tm civil{};
  return localtime_r(&time, &civil) == nullptr ? 0 : civil.tm_gmtoff;
}

}  // namespace giro::cli
