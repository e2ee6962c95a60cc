<?php
/** Saves what changes of a member. */
class SC_Helper_Customer
{
    /** sfEditCustomerData gives a row from before 2.11 a salt with its first new password, and hashes its plain answer. */
    public static function sfEditCustomerData($arrData, $customer_id = null)
    {
        $objQuery = SC_Query_Ex::getSingletonInstance();
        $objQuery->begin();
        $arrData['update_date'] = 'CURRENT_TIMESTAMP';
        $salt = $objQuery->get('salt', 'dtb_customer', 'customer_id = ?', array($customer_id));
        $old = strlen((string) $salt) === 0;
        $changed = !in_array($arrData['password'] ?? '', array('', DEFAULT_PASSWORD), true);
        if (!$changed) {
            unset($arrData['password']);
        } else {
            if ($old) {
                $salt = $arrData['salt'] = SC_Utils_Ex::sfGetRandomString(10);
            }
            $arrData['password'] = SC_Utils_Ex::sfGetHashString($arrData['password'], $salt);
        }
        if ($old && $changed) {
            $answer = $objQuery->get('reminder_answer', 'dtb_customer', 'customer_id = ?', array($customer_id));
            $arrData['reminder_answer'] = SC_Utils_Ex::sfGetHashString((string) $answer, $salt);
        }
        $objQuery->update('dtb_customer', $arrData, 'customer_id = ?', array($customer_id));
        $objQuery->commit();

        return $customer_id;
    }
}
