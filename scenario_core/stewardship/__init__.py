"""What content managers do: permission, action and audit entry in one place each."""
