# Everything Giro stands on, all of it from Debian's packages (`./dev` installs them).
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(simdjson REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(CLI11 REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(EXPAT REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(PkgConfig REQUIRED)
pkg_check_modules(SYSTEMD REQUIRED IMPORTED_TARGET libsystemd)
pkg_check_modules(LIBEDIT REQUIRED IMPORTED_TARGET libedit)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)

# The cluster (queue/etcd/) stands on two more. Without it nothing else changes.
pkg_check_modules(NGHTTP2 IMPORTED_TARGET libnghttp2)
pkg_check_modules(ZSTD IMPORTED_TARGET libzstd)
if(NGHTTP2_FOUND AND ZSTD_FOUND)
  set(GIRO_CLUSTER_DEFAULT ON)
else()
  set(GIRO_CLUSTER_DEFAULT OFF)
endif()
option(GIRO_CLUSTER "Build what orders groups by etcd; needs libnghttp2 and libzstd" ${GIRO_CLUSTER_DEFAULT})
if(GIRO_CLUSTER AND NOT GIRO_CLUSTER_DEFAULT)
  message(FATAL_ERROR "GIRO_CLUSTER needs libnghttp2-dev and libzstd-dev")
endif()
message(STATUS "Cluster: ${GIRO_CLUSTER}")

find_library(UNISTRING_LIBRARY unistring REQUIRED)
find_path(UNISTRING_INCLUDE_DIR uniname.h REQUIRED)
add_library(giro_unistring INTERFACE)
target_include_directories(giro_unistring SYSTEM INTERFACE ${UNISTRING_INCLUDE_DIR})
target_link_libraries(giro_unistring INTERFACE ${UNISTRING_LIBRARY})

# Either an amalgamation compiled for this one job, or the system's. 3.51.3 is the first that can't corrupt a WAL which
# two connections reset; with older ones it matters that only one ever does (docs/ARCHITECTURE.md).
if(GIRO_SQLITE_DIR)
  file(STRINGS ${GIRO_SQLITE_DIR}/sqlite3.h GIRO_SQLITE_VERSION REGEX "^#define SQLITE_VERSION ")
  string(REGEX MATCH "[0-9.]+" GIRO_SQLITE_VERSION "${GIRO_SQLITE_VERSION}")
  if(GIRO_SQLITE_VERSION VERSION_LESS 3.51.3)
    message(FATAL_ERROR "GIRO_SQLITE_DIR holds SQLite ${GIRO_SQLITE_VERSION}; it takes 3.51.3 or newer")
  endif()
  message(STATUS "SQLite: ${GIRO_SQLITE_VERSION}, from ${GIRO_SQLITE_DIR}")
  add_library(giro_sqlite STATIC ${GIRO_SQLITE_DIR}/sqlite3.c)
  target_include_directories(giro_sqlite SYSTEM PUBLIC ${GIRO_SQLITE_DIR})
  # THREADSAFE=2: a connection belongs to one thread, which is how Giro uses it. HAVE_FDATASYNC: else SQLite takes
  # fsync(), which also waits for a file's new times.
  target_compile_definitions(
    giro_sqlite PRIVATE SQLITE_THREADSAFE=2 SQLITE_DEFAULT_MEMSTATUS=0 SQLITE_OMIT_SHARED_CACHE SQLITE_USE_ALLOCA
                        SQLITE_DQS=0 SQLITE_ENABLE_COLUMN_METADATA HAVE_FDATASYNC=1)
  target_compile_options(giro_sqlite PRIVATE -O2 -w)
  target_link_libraries(giro_sqlite PUBLIC Threads::Threads ${CMAKE_DL_LIBS} m)
else()
  find_package(SQLite3 REQUIRED)
  message(STATUS "SQLite: ${SQLite3_VERSION}, the system's")
  add_library(giro_sqlite INTERFACE)
  target_link_libraries(giro_sqlite INTERFACE SQLite::SQLite3)
endif()

# Debian's SQLiteCpp is a static library that names no SQLite of its own, so it links with either.
find_library(SQLITECPP_LIBRARY SQLiteCpp REQUIRED)
find_path(SQLITECPP_INCLUDE_DIR SQLiteCpp/SQLiteCpp.h REQUIRED)
add_library(giro_sqlitecpp INTERFACE)
target_include_directories(giro_sqlitecpp SYSTEM INTERFACE ${SQLITECPP_INCLUDE_DIR})
target_link_libraries(giro_sqlitecpp INTERFACE ${SQLITECPP_LIBRARY} giro_sqlite)
