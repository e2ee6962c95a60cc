<?php
class RunTest extends ShopCase
{
    /** @dataProvider databases */
    public function testWhoIsListedIsKeptOutAndNobodyElse($type)
    {
        $this->shop($type);
        $this->member(1);
        $other = $this->member(11);
        $this->member(2, '');
        $this->member(3, null, array('del_flg' => 1));
        $this->session('one', 1);
        $this->session('eleven', 11);
        foreach (array(1, 2, 3, 404) as $id) {
            $this->server->change($id);
        }
        $this->server->change(11, 'planned');
        $this->rounds();
        foreach (array(1, 2, 3) as $id) {
            $this->assertSame('', $this->password($id));
            $this->assertTrue($this->bars($id), "member $id");
        }
        $this->assertSame($other, $this->password(11));
        $this->assertFalse($this->bars(11));
        $this->assertSame(array('eleven'), $this->sessions());
        $rows = $this->db->pdo()->query('SELECT salt, secret_key, update_date FROM dtb_customer WHERE customer_id = 1')->fetch(PDO::FETCH_NUM);
        $this->assertSame(array('salt1', 'r1', '2023-01-02 03:04:05'), $rows);
        $since = '2023-07-26T09:00:00+09:00';
        $this->assertEquals(array(1 => $since, 2 => $since, 3 => $since, 404 => $since), $this->reported()['barred']);
        $this->server->forget();
        $this->rounds();
        $reports = $this->server->reports();
        $this->assertSame(array('version' => '1.0.0', 'mode' => 'on', 'list_age' => 0, 'findings' => array('tls-unverified'), 'barred' => array(), 'changed' => array()), $reports[0]);
    }
}
