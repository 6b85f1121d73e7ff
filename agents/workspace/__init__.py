"""The git repository of a workspace: scaffold, propose, accept, go back."""
