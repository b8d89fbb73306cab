# Precompiled headers: reading the standard library, simdjson and GoogleTest takes most of the time of compiling one
# file. Only what never changes is in them, so that they are made once; every source includes what it uses all the same.
set(GIRO_STANDARD_HEADERS
    <algorithm> <array> <chrono> <cstdint> <expected> <filesystem> <functional> <map> <memory> <optional> <span>
    <string> <string_view> <unordered_map> <utility> <variant> <vector>)

# giro_precompile(<name> [HEADERS <header>...] [LIBS <target>...]): what giro_use_precompiled(<target> <name>) reuses.
function(giro_precompile name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "HEADERS;LIBS")
  if(NOT GIRO_PRECOMPILED)
    return()
  endif()
  file(CONFIGURE OUTPUT ${name}.cpp CONTENT "// Only its headers count.\n")
  add_library(${name} OBJECT ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp)
  target_link_libraries(${name} PRIVATE giro_options ${arg_LIBS})
  target_precompile_headers(${name} PRIVATE ${GIRO_STANDARD_HEADERS} ${arg_HEADERS})
endfunction()

function(giro_use_precompiled target name)
  if(GIRO_PRECOMPILED)
    target_precompile_headers(${target} REUSE_FROM ${name})
  endif()
endfunction()

# For a target that has many files of its own kind.
function(giro_precompile_own target)
  if(GIRO_PRECOMPILED)
    target_precompile_headers(${target} PRIVATE ${GIRO_STANDARD_HEADERS} ${ARGN})
  endif()
endfunction()

giro_precompile(giro_standard)
giro_precompile(giro_with_json HEADERS <simdjson.h> LIBS simdjson::simdjson)
