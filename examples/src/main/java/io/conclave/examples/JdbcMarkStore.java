package io.conclave.examples;

import io.conclave.fencing.MarkStore;
import io.conclave.fencing.Marks;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLIntegrityConstraintViolationException;
import java.sql.Savepoint;

/**
 * A gate's marks in the database that holds the protected rows, in the caller's transaction:
 *
 * <pre>
 * CREATE TABLE fencing_marks (
 *     resource       VARCHAR(200) PRIMARY KEY,
 *     exclusive_mark BIGINT NOT NULL,
 *     shared_mark    BIGINT NOT NULL
 * )
 * </pre>
 *
 * <p>The caller turns auto-commit off, lets the gate check the token, changes its rows and commits. Reading the marks locks their row until the end of
 * the transaction, also when they need no change: so no later holder's transaction can come between the check and the rows that it
 * protects. Transactions on one resource run one after the other for that reason.
 *
 * <p>For databases that know {@code SELECT … FOR UPDATE} and savepoints, under READ COMMITTED. Under a stricter isolation the database may refuse a transaction that waited for
 * another; its exception comes out as {@link Failure}, and the whole transaction is repeated. Not thread-safe, as a connection is not.
 */
public final class JdbcMarkStore implements MarkStore {
    /** The database failed. The transaction has to be rolled back. */
    public static final class Failure extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Failure(String resource, SQLException cause) {
            super("the fencing marks of " + resource + " could not be read or changed", cause);
        }
    }

    private static final String READ =
            "SELECT exclusive_mark, shared_mark FROM fencing_marks WHERE resource = ? FOR UPDATE";
    private static final String UPDATE = "UPDATE fencing_marks SET exclusive_mark = ?, shared_mark = ?"
            + " WHERE resource = ? AND exclusive_mark = ? AND shared_mark = ?";
    private static final String INSERT =
            "INSERT INTO fencing_marks (exclusive_mark, shared_mark, resource) VALUES (?, ?, ?)";

    private final Connection transaction;

    /** Marks as this connection's transaction sees them. */
    public JdbcMarkStore(Connection transaction) {
        this.transaction = transaction;
    }

    @Override
    public Marks read(String resource) {
        try {
            requireTransaction();
            try (PreparedStatement read = transaction.prepareStatement(READ)) {
                read.setString(1, resource);
                try (ResultSet row = read.executeQuery()) {
                    return row.next() ? new Marks(row.getLong(1), row.getLong(2)) : Marks.NONE;
                }
            }
        } catch (SQLException failure) {
            throw new Failure(resource, failure);
        }
    }

    @Override
    public boolean replace(String resource, Marks expected, Marks next) {
        try {
            requireTransaction();
            return update(resource, expected, next) || (expected.equals(Marks.NONE) && insert(resource, next));
        } catch (SQLException failure) {
            throw new Failure(resource, failure);
        }
    }

    private boolean update(String resource, Marks expected, Marks next) throws SQLException {
        try (PreparedStatement update = transaction.prepareStatement(UPDATE)) {
            update.setLong(1, next.exclusive());
            update.setLong(2, next.shared());
            update.setString(3, resource);
            update.setLong(4, expected.exclusive());
            update.setLong(5, expected.shared());
            return update.executeUpdate() == 1;
        }
    }

    /** Makes the row. If another transaction was faster, answers false; the savepoint keeps this transaction usable where an error would end it. */
    private boolean insert(String resource, Marks next) throws SQLException {
        Savepoint before = transaction.setSavepoint();
        try (PreparedStatement insert = transaction.prepareStatement(INSERT)) {
            insert.setLong(1, next.exclusive());
            insert.setLong(2, next.shared());
            insert.setString(3, resource);
            insert.executeUpdate();
            return true;
        } catch (SQLException failure) {
            if (isDuplicate(failure)) {
                transaction.rollback(before);
                return false;
            }
            throw failure;
        }
    }

    /** Not every driver has the subclass; all have the state's class 23, integrity constraint violation. */
    private static boolean isDuplicate(SQLException failure) {
        String state = failure.getSQLState();
        return failure instanceof SQLIntegrityConstraintViolationException || (state != null && state.startsWith("23"));
    }

    private void requireTransaction() throws SQLException {
        if (transaction.getAutoCommit()) {
            throw new IllegalStateException(
                    "auto-commit is on: the token's check and what it protects would not be one transaction");
        }
    }
}
