"""What the tests on throwaway hosts share: running playbooks, looking from outside, and a fingerprint of a host."""
