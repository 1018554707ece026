# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation that both health modules share."""

from __future__ import annotations


class ModuleDocFragment:
    """What can be checked, and how."""

    DOCUMENTATION = r"""
options:
  targets:
    description:
      - What to check, all of it at the same time.
      - All mistakes in all targets are reported together, before anything is checked.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description:
          - What results call this target. Two targets of one kind cannot share a name.
          - Without it, the address, container or command that is checked.
        type: str
      kind:
        description:
          - V(http) makes one request and compares the answer. Redirects are not followed and proxies not used.
          - V(tcp) opens one connection.
          - V(container) looks at one container, or at all of a Compose project with one result for each of them.
            A container is healthy when its health check says so; without a health check when it runs; a job (no health
            check, not restarted by Docker) also when it has ended with exit code 0.
          - V(command) runs a program; exit code 0 is healthy.
        type: str
        required: true
        choices: [http, tcp, container, command]
      timeout:
        description:
          - Seconds that one probe may take as a whole, from resolving the name to the last byte. Not for containers.
        type: float
        default: 5.0
      depends_on:
        description:
          - Names of the targets or services that this one cannot be healthy without, so that the failure that came
            first is named.
          - For containers of Docker Compose what it noted on them is used when this is left out.
        type: list
        elements: str
      url:
        description:
          - Address to request, for kind V(http). Credentials belong into O(targets[].headers) or
            O(targets[].headers_file).
        type: str
      method:
        description:
          - Method of the request, for kind V(http).
        type: str
        default: GET
        choices: [GET, HEAD, OPTIONS, POST]
      headers:
        description:
          - Headers sent with the request, for kind V(http).
          - Their values appear in no result and no message.
        type: dict
      headers_file:
        description:
          - "File on the host with further headers, C(Name: value), one a line, for kind V(http)."
          - It is read at every probe. Its values appear in no result and no message.
          - For credentials that lie on the host anyway, and shall be in no inventory and no log.
        type: path
      status:
        description:
          - Status codes that are healthy, for kind V(http). V(200), V(2xx) and V(200-499) are all understood.
        type: list
        elements: str
        default: ["200"]
      body:
        description:
          - Regular expression (Python's) that must match somewhere in the first MiB of the answer, for kind V(http).
        type: str
      json:
        description:
          - Values that the answer must have, for kind V(http). Keys are paths with dots, such as C(services.0.state).
          - Values are compared as JSON writes them, so the texts V("3") and V("true") also match the number and the
            boolean.
        type: dict
      connect_to:
        description:
          - Connect to this address instead of the one that the name in O(targets[].url) resolves to, for kind V(http).
            An address, C(address:port) or C([IPv6]:port).
          - Certificate and C(Host) header remain those of the URL, so a site can be checked before its DNS has moved.
        type: str
      server_name:
        description:
          - Name asked for in the TLS handshake and demanded in the certificate, for kind V(http).
          - Without it, the name in O(targets[].url).
        type: str
      verify_tls:
        description:
          - Whether the certificate must be trusted and valid for the name, for kind V(http).
        type: bool
        default: true
      ca_file:
        description:
          - File of authorities (PEM) to trust instead of those of the system, for kind V(http).
          - It is read anew when it changes.
        type: path
      ca_volume:
        description:
          - Volume of Docker in which O(targets[].ca_file) lies, which is a path in the volume then, for kind V(http).
          - The engine is asked where the volume is, since its folder may be any.
        type: str
      min_days_valid:
        description:
          - Days that the certificate must at least remain valid, for kind V(http). Needs O(targets[].verify_tls).
        type: float
      min_share_valid:
        description:
          - Part of its whole life, from 0 to 1, that the certificate must at least remain valid, for kind V(http).
            Needs O(targets[].verify_tls).
          - Says the same of certificates that live for 90 days and of those that live for 12 hours. Caddy renews when a
            third is left, so V(0.1) means that renewing has failed for long.
        type: float
      certificate_from:
        description:
          - Service of a container in the same call, a Caddy, which gets the certificate of this site, for kind V(http).
            While there is none yet, the last reason in that container's log is part of the error.
          - Where that reason is that the authority is not trusted, no waiting helps, and
            RV(photosync.vps.healthcheck#module:results[].reason) is V(authority), a failure like any other.
        type: str
      host:
        description:
          - Name or address to connect to, for kind V(tcp).
        type: str
      port:
        description:
          - Port to connect to, for kind V(tcp).
        type: int
      container:
        description:
          - Name of a container, or at least twelve digits of its identifier, for kind V(container).
        type: str
      project:
        description:
          - Name of a Compose project, for kind V(container). Each of its containers gives one result, called like its
            service.
        type: str
      service:
        description:
          - Only the containers of this service of O(targets[].project), for kind V(container).
        type: str
      min_uptime:
        description:
          - Seconds that a container without a health check must have run to count as healthy, for kind V(container).
          - One that was restarted must have run for at least 10 seconds, whatever is set here.
        type: float
        default: 1.0
      restarts:
        description:
          - How many times in a row a container may die before that is called a restart loop, for kind V(container).
        type: int
        default: 3
      command:
        description:
          - Program and arguments, for kind V(command). No shell is involved.
          - Everybody on the host can see a program's arguments while it runs, so no secrets.
        type: list
        elements: str
  depends_on:
    description:
      - Which services each service needs, as a dictionary of lists, to name the failure that came first.
      - For those that it does not name, O(targets[].depends_on) is used, or what Docker Compose noted on containers.
    type: dict
  stack:
    description:
      - Name of the stack that the targets belong to. While a restore of it is half done, that is said first, with the
        commands that lead on, and no service is blamed for it or waited for.
    type: str
    default: ''
  log_lines:
    description:
      - How many of the last lines of a container's log to return when it is not healthy. V(0) returns none.
    type: int
    default: 10
  secrets:
    description:
      - Values that shall appear in no result and no message - not in errors, and not in what containers have said.
    type: list
    elements: str
    default: []
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying target.
    support: full
    details:
      - Nothing is ever changed, so a check does the same in check mode.
  diff_mode:
    description: Returns what has changed, or would be changed in C(check_mode), when in diff mode.
    support: none
requirements:
  - Python 3.9 or newer on the host.
  - The C(docker) command on the host, for targets of kind V(container); Docker's Python library is not needed.
notes:
  - Targets are checked from the host that the module runs on. Use V(127.0.0.1) rather than V(localhost), which may
    resolve to an IPv6 address that nothing listens on.
  - The health of containers comes from Docker's event stream rather than from asking again and again.
author:
  - The photosync.vps authors (@photosync)
"""
