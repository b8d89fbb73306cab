#include "cli/backup/backup_report.hpp"

#include "cli/output/answers.hpp"
#include "cli/output/fields.hpp"
#include "cli/output/table.hpp"
#include "cli/output/units.hpp"
#include "ledger/timestamp.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

ExitCode exit_of(store::BackupFailure::Of of) {
  switch (of) {
    case store::BackupFailure::Of::ledger:
    case store::BackupFailure::Of::backup:
      return ExitCode::rejected;
    case store::BackupFailure::Of::disk:
      return ExitCode::no_output;
    case store::BackupFailure::Of::request:
      break;
  }
  return ExitCode::usage;
}

}  // namespace

std::unexpected<Failure> backup_failure(const store::BackupFailure& failure) {
  return std::unexpected(Failure{.exit = exit_of(failure.of),
                                 .what = failure.what,
                                 .money = failure.money,
                                 .advice = failure.advice});
}

json::object end_fields(const store::AnchorPoint& end, Timestamp at) {
  json::object fields{
      {"head_seq", end.seq}, {"at", nullptr}, {"head_digest", store::to_hex(end.digest)}};
  if (end.seq > 0) fields["at"] = format_rfc3339(at);
  return fields;
}

Result<void> print_report(Session& session, const json::object& report) {
  const auto text = [&]() -> Result<std::string> {
    Details details;
    for (const auto& [key, value] : report) {
      const std::string name(key);
      const bool is_size = name == "bytes" && value.is_uint64();
      details.add(name, is_size ? bytes_text(value.get_uint64()) : shown_field(report, name));
    }
    return details.render(session.look());
  };
  return print_answer(session, report, text);
}

store::TellProgress BackupProgressLine::tell() {
  return [this](const store::BackupProgress& progress) {
    if (progress.seq_total > 0) {
      progress_.show(progress.seq, progress.seq, progress.seq_total);
    } else {
      progress_.show(progress.seq, progress.bytes, progress.bytes_total);
    }
  };
}

}  // namespace giro::cli
