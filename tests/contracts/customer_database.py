"""All that every adapter of a customer database must do, for each to subclass."""

from tests.contracts.checking_mappings import CheckingContract
from tests.contracts.finding_rows import FindingContract
from tests.contracts.writing_rows import WritingContract


class CustomerDatabaseContract(FindingContract, WritingContract, CheckingContract):
    """The promises of CustomerStore."""
