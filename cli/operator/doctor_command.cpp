// giro doctor: looks for what keeps the daemon from its work, with a remedy for each.
#include <array>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/operator/doctor.hpp"
#include "cli/operator/operator.hpp"
#include "cli/output/answers.hpp"
#include "cli/output/fields.hpp"
#include "cli/output/output.hpp"
#include "cli/output/table.hpp"
#include "protocol/paths.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

constexpr const char* kSystemConfig = "/etc/giro/girod.toml";
constexpr std::chrono::seconds kDoctorPatience{5};

struct DoctorOptions {
  std::string config;
  std::string data;
  std::string dir;
};

void declare_doctor(CLI::App& command, DoctorOptions& options) {
  command
      .add_option("--config", options.config, "The daemon's settings (default: its usual place)")
      ->type_name("FILE");
  command
      .add_option("--data", options.data,
                  "The folder of its ledger (default: what the daemon says, or its settings)")
      ->type_name("DIR");
  command
      .add_option("--dir", options.dir,
                  "Measures the disk's sync in this folder, which you may write to (default: in "
                  "the ledger's)")
      ->type_name("DIR");
}

// What the daemon says of itself. A refusal of one question leaves the other.
void ask_daemon(const Session& session, Patient& patient) {
  if (!patient.silence.empty()) return;
  const auto deadline = client::Clock::now() + kDoctorPatience;
  auto connection = client::Connection::open(patient.socket, deadline);
  if (!connection) {
    patient.silence = session.explain(client::CallError(connection.error()), false).what;
    return;
  }
  const auto ask = [&](std::string_view method) -> std::optional<json::object> {
    auto answer = connection->call(method, "{}", deadline);
    if (answer && answer->is_object()) return std::move(answer->get_object());
    if (!answer) patient.silence = session.explain(answer.error(), false).what;
    return std::nullopt;
  };
  patient.info = ask("server.info");
  patient.status = ask("ledger.status");
}

// Of several nodes the first one that answers; none: the nearest.
Patient patient_of(Session& session, const DoctorOptions& options) {
  Patient patient;
  if (auto found = session.find_daemon(kDoctorPatience); !found) {
    patient.silence = found.error().what;
  }
  patient.socket = session.socket_path();
  ask_daemon(session, patient);
  patient.config = options.config;
  if (patient.config.empty()) {
    patient.config =
        patient.socket == kSystemSocket ? kSystemConfig : default_config_path().value_or("");
  }
  patient.data = options.data;
  patient.sync_folder = options.dir;
  if (!patient.info) return patient;
  if (patient.data.empty()) patient.data = text_field(*patient.info, "data");
  if (const auto uid = number_field(*patient.info, "uid")) {
    patient.daemon_uid = static_cast<uid_t>(*uid);
  }
  return patient;
}

Findings examine(Session& session, const DoctorOptions& options) {
  Patient patient = patient_of(session, options);
  Findings findings;
  look_at_socket(patient, findings);
  look_at_config(patient, findings);
  if (patient.data.empty()) patient.data = default_data_dir().value_or("");
  look_at_files(patient, findings);
  look_at_disk(patient, findings);
  look_at_sync(patient, findings);
  look_at_clock(patient, findings);
  look_at_limits(patient, findings);
  look_at_versions(patient, findings);
  look_at_ledger(patient, findings);
  return findings;
}

constexpr auto kFindingColumns =
    std::to_array<std::string_view>({"verdict", "subject", "what", "remedy"});

json::array as_rows(const Findings& findings) {
  json::array all;
  for (const Finding& finding : findings.all()) {
    const std::string_view verdict = name(finding.verdict);
    json::object one{{"subject", finding.subject},
                     {"verdict", json::string_view(verdict.data(), verdict.size())},
                     {"what", finding.what}};
    if (!finding.remedy.empty()) one["remedy"] = finding.remedy;
    all.push_back(std::move(one));
  }
  return all;
}

std::string as_text(const Findings& findings, const Look& look) {
  Table table({{"VERDICT"}, {"SUBJECT"}, {"FOUND"}});
  for (const Finding& finding : findings.all()) {
    const Style style = finding.verdict == Verdict::well      ? Style::good
                        : finding.verdict == Verdict::trouble ? Style::bad
                                                              : Style::faint;
    table.add({Cell(std::string(name(finding.verdict)), style), finding.subject, finding.what});
    if (!finding.remedy.empty()) table.add({"", "", "-> " + finding.remedy});
  }
  return table.render(look);
}

Result<ExitCode> run_doctor(Session& session, const DoctorOptions& options) {
  const Findings findings = examine(session, options);
  if (session.format() == Format::csv) {
    print_rows(session, as_rows(findings), kFindingColumns);
  } else if (session.format() == Format::table) {
    print(as_text(findings, session.look()));
  } else {
    print(json_line(
        json::object{{"ok", !findings.found_trouble()}, {"findings", as_rows(findings)}}));
  }
  return findings.found_trouble() ? ExitCode::rejected : ExitCode::ok;
}

}  // namespace

std::string_view name(Verdict verdict) {
  switch (verdict) {
    case Verdict::well:
      return "well";
    case Verdict::trouble:
      return "trouble";
    default:
      return "unseen";
  }
}

void Findings::well(std::string subject, std::string what) {
  all_.push_back({std::move(subject), Verdict::well, std::move(what), {}});
}

void Findings::trouble(std::string subject, std::string what, std::string remedy) {
  all_.push_back({std::move(subject), Verdict::trouble, std::move(what), std::move(remedy)});
}

void Findings::unseen(std::string subject, std::string what, std::string remedy) {
  all_.push_back({std::move(subject), Verdict::unseen, std::move(what), std::move(remedy)});
}

bool Findings::found_trouble() const {
  return std::ranges::any_of(
      all_, [](const Finding& finding) { return finding.verdict == Verdict::trouble; });
}

void add_doctor_command(CLI::App& app, Invocation& invocation) {
  add_command<DoctorOptions>(
      app, invocation, "doctor",
      "Looks for what keeps the daemon from its work, or will, with a remedy for each.\n\n"
      "The socket, the settings, owners and modes of the ledger's files, the disk's kind, room and "
      "sync, the clock, limits, versions, and what the daemon says of its ledger. It changes "
      "nothing, "
      "and also helps while no daemon runs; what it couldn't see it says. Exit code: 0 nothing "
      "found, 1 trouble",
      "  sudo giro doctor\n  giro doctor --dir . --json", declare_doctor, run_doctor);
}

}  // namespace giro::cli
